import { basename, extname } from 'node:path';
import { childOf, pathText, toPlain, whereText, type ConfigPath, type Located } from '../config/located.js';
import { parsePath, type Override } from '../config/override.js';
import { badInput, type Problem } from '../util/errors.js';
import { fourDigits, grouped } from '../util/number-text.js';
import type { SweepSource } from './read-sweep-file.js';
import { shortPaths, slug, uniqueNames, valueText } from './variant-name.js';

/** One experiment of a sweep: a config and what is changed of it. Times the seeds it gives jobs. */
export interface Variant {
  /** Names its folder: `exp3`, `alpha-0.5`. */
  readonly name: string;
  /** The config as the sweep file names it, and where. */
  readonly config: string;
  readonly configWhere: string;
  /** In the order in which they are laid over the config. */
  readonly overrides: readonly Override[];
  /** What tells it from the other variants of its config, by path. */
  readonly changes: Readonly<Record<string, unknown>>;
}

/** More runs than any machine trains, and more paths than a name could tell apart. */
const MOST_JOBS = 10_000;
const MOST_PATHS = 100;

/** What a path may not be, since the sweep itself gives it. */
const RESERVED: Readonly<Record<string, string>> = {
  name: 'jobs are named by what they change; name them yourself in list',
  'train.seed': 'give the seeds as seeds: [0, 1, 2]',
  extends: 'name that config as base, or in configs',
  $schema: 'remove it',
};

/**
 * The variants of a sweep in the order of the file: (configs or base) × grid × zip × list, the last one
 * changing fastest; and everything that can be said against it without reading the configs.
 */
export function expandSweep(source: SweepSource): { variants: Variant[]; problems: Problem[] } {
  refuseTooMany(source);
  const problems = [
    ...findReserved(source),
    ...findTwice(source),
    ...findConflicts(source),
    ...findUnequalZip(source),
  ];
  const common = allowed(settings(source, ['set']));
  const grid = allowed(settings(source, ['grid']));
  const zip = allowed(settings(source, ['zip']));
  const short = shortPaths([...grid, ...zip].map(({ path }) => path));
  const axes: Choice[][] = [
    configChoices(source),
    ...grid.map((setting, i) => valueChoices([setting], [short[i]])),
    ...(zip.length > 0 ? [valueChoices(zip, short.slice(grid.length))] : []),
    ...(source.sweep.list === undefined ? [] : [listChoices(source)]),
  ];
  const combined = axes.reduce<Choice[][]>(
    (rows, axis) => rows.flatMap((row) => axis.map((choice) => [...row, choice])),
    [[]],
  );
  // The only config names the jobs where nothing else does.
  const isAlone = source.sweep.base !== undefined && axes.length > 1;
  const names = combined.map((row) => slug((isAlone ? row.slice(1) : row).map(({ name }) => name).join('-')));
  const unique = uniqueNames(names, combined.map(keyOf));
  const variants = combined.map((row, i) => {
    const own = row.flatMap(({ overrides }) => overrides);
    return {
      name: unique[i],
      config: row[0].config!.text,
      configWhere: row[0].config!.where,
      overrides: [...common.map(({ path, node }) => overrideOf(['set'], path, node)), ...own],
      changes: Object.fromEntries(own.map(({ path, value }) => [pathText(path), toPlain(value as Located)])),
    };
  });
  return { variants, problems };
}

// --- internal ---

/** One step along an axis of the sweep. */
interface Choice {
  readonly name: string;
  readonly config?: { readonly text: string; readonly where: string };
  readonly overrides: readonly Override[];
}

/** A path of `set`, `grid` or `zip` and what is given for it. */
interface Setting {
  readonly at: ConfigPath;
  readonly path: ConfigPath;
  readonly node: Located;
}

function settings({ node }: SweepSource, at: ConfigPath): Setting[] {
  const map = at.reduce<Located | undefined>((here, part) => here && childOf(here, part), node);
  if (map?.kind !== 'map') return [];
  return [...map.entries].map(([key, value]) => ({ at, path: parsePath(key), node: value }));
}

/** Without what the sweep itself gives, which is a problem of its own. */
function allowed(all: readonly Setting[]): Setting[] {
  return all.filter(({ path }) => !Object.hasOwn(RESERVED, pathText(path)));
}

function itemsOf({ node }: Setting): readonly Located[] {
  return node.kind === 'list' ? node.items : [];
}

function configChoices({ sweep, node }: SweepSource): Choice[] {
  const many = node.entries.get('configs');
  const given: [string, Located, ConfigPath][] =
    many?.kind === 'list'
      ? many.items.map((item, i) => [String(toPlain(item)), item, ['configs', i]])
      : [[sweep.base!, node.entries.get('base')!, ['base']]];
  return given.map(([text, item, at]) => ({
    name: basename(text, extname(text)),
    config: { text, where: whereText(item.origin, at) },
    overrides: [],
  }));
}

/** A choice for each value; where there are several paths, their values go together. */
function valueChoices(together: readonly Setting[], short: readonly string[]): Choice[] {
  const length = Math.min(...together.map((each) => itemsOf(each).length));
  return Array.from({ length }, (_, i) => ({
    name: together.map((each, j) => `${short[j]}-${valueText(toPlain(itemsOf(each)[i]))}`).join('-'),
    overrides: together.map((each) => overrideOf(each.at, each.path, itemsOf(each)[i])),
  }));
}

function listChoices(source: SweepSource): Choice[] {
  return source.sweep.list!.map(({ name }, i) => ({
    name,
    overrides: allowed(settings(source, ['list', i, 'set'])).map(({ at, path, node }) =>
      overrideOf(at, path, node),
    ),
  }));
}

function overrideOf(at: ConfigPath, path: ConfigPath, value: Located): Override {
  return { path, value, origin: value.origin, place: whereText(value.origin, [...at, pathText(path)]) };
}

function keyOf(row: readonly Choice[]): string {
  const parts = row.map(({ name, config, overrides }) => [
    config?.text ?? name,
    ...overrides.map(({ path, value }) => [pathText(path), toPlain(value as Located)]),
  ]);
  return JSON.stringify(parts);
}

/** A sweep is refused before it is written out where nobody could train it; each job is a config to be checked. */
function refuseTooMany({ sweep, node, label }: SweepSource): void {
  const lengths = [
    ...Object.values(sweep.grid).map(({ length }) => length),
    Math.max(1, ...Object.values(sweep.zip).map(({ length }) => length)),
    sweep.configs?.length ?? 1,
    sweep.list?.length ?? 1,
    sweep.seeds?.length ?? 1,
  ];
  const jobs = lengths.reduce((product, length) => product * length, 1);
  const paths = Object.keys(sweep.grid).length + Object.keys(sweep.zip).length;
  const where = whereText(childOf(node, 'grid')?.origin ?? node.origin, []);
  if (jobs > MOST_JOBS) {
    throw badInput('E_SWEEP_INVALID', {
      what: `${label} asks for ${fourDigits(jobs)} runs, and a sweep has at most ${grouped(MOST_JOBS)}`,
      where,
      try: 'fewer values or seeds, values that go together (zip), or several sweeps',
    });
  }
  if (paths > MOST_PATHS) {
    const what = `${label} changes ${grouped(paths)} config paths, and a sweep changes at most ${MOST_PATHS}`;
    throw badInput('E_SWEEP_INVALID', { what, where, try: 'put what never changes into the config' });
  }
}

/** Every path of the file with the part of the file that gives it. */
function allSettings(source: SweepSource): Setting[] {
  const items = source.sweep.list?.map((_, i) => settings(source, ['list', i, 'set'])) ?? [];
  return [...['set', 'grid', 'zip'].flatMap((part) => settings(source, [part])), ...items.flat()];
}

function where({ at, path, node }: Setting): string {
  return whereText(node.origin, [...at, pathText(path)]);
}

function findReserved(source: SweepSource): Problem[] {
  return allSettings(source)
    .filter(({ path }) => Object.hasOwn(RESERVED, pathText(path)))
    .map((setting) => ({
      what: `a sweep cannot change "${pathText(setting.path)}"`,
      where: where(setting),
      try: RESERVED[pathText(setting.path)],
    }));
}

/** What would make one job twice. */
function findTwice(source: SweepSource): Problem[] {
  const { sweep, node } = source;
  const lists: { at: ConfigPath; items: readonly Located[]; keys: readonly string[]; what: string }[] = [];
  const add = (at: ConfigPath, list: Located | undefined, keys: readonly string[], what: string): void => {
    if (list?.kind === 'list') lists.push({ at, items: list.items, keys, what });
  };
  for (const setting of settings(source, ['grid'])) {
    const keys = itemsOf(setting).map((item) => JSON.stringify(toPlain(item)));
    add(['grid', pathText(setting.path)], setting.node, keys, 'the value');
  }
  add(['seeds'], node.entries.get('seeds'), sweep.seeds?.map(String) ?? [], 'the seed');
  add(['list'], node.entries.get('list'), sweep.list?.map(({ name }) => name) ?? [], 'the name');
  const configs = configChoices(source).map(({ name }) => name);
  add(['configs'], node.entries.get('configs'), configs, 'the config name');
  return lists.flatMap(({ at, items, keys, what }) => {
    const seen = new Set<string>();
    return keys.flatMap((key, i) => {
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      return [{ what: `${what} ${key} is given twice`, where: whereText(items[i].origin, at) }];
    });
  });
}

/** One path in two parts of the file: which of them would hold? */
function findConflicts(source: SweepSource): Problem[] {
  /** The parts that have given a path, in their order. */
  const given = new Map<string, string[]>();
  return allSettings(source).flatMap((setting) => {
    const [path, part] = [pathText(setting.path), String(setting.at[0])];
    const parts = given.get(path) ?? [];
    given.set(path, parts.includes(part) ? parts : [...parts, part]);
    const before = parts.find((each) => each !== part);
    // What is set for all may be set otherwise for an item of the list.
    if (before === undefined || (before === 'set' && part === 'list')) return [];
    const what = `"${path}" is given in ${before} and in ${part}`;
    return [{ what, where: where(setting), try: 'keep one of them' }];
  });
}

function findUnequalZip(source: SweepSource): Problem[] {
  const zip = settings(source, ['zip']);
  return zip
    .filter((setting) => itemsOf(setting).length !== itemsOf(zip[0]).length)
    .map((setting) => ({
      what:
        `the lists of zip go together, but "${pathText(setting.path)}" has ${itemsOf(setting).length} values ` +
        `and "${pathText(zip[0].path)}" has ${itemsOf(zip[0]).length}`,
      where: where(setting),
    }));
}
