import { relative, resolve } from 'node:path';
import type { DataReport, Duplicates } from '../../data/check-data.js';
import { dataSets, fetchable, knownClasses, standIn } from '../../data/sets/index.js';
import { badInput, ExitCode, InvolveError } from '../../util/errors.js';
import { closestString } from '../../util/closest-string.js';
import type { CommandContext, CommandRun } from '../command.js';
import { showProgress } from '../render/data-progress.js';
import { loadTarget } from '../../session/data-target.js';

const grouped = (value: number): string => value.toLocaleString('en-US');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const shownFindings = 10;

/** `involve data list`: the data sets, and which are in place. */
export const dataList: CommandRun = async (_operands, options, { cwd, print }) => {
  const { openSource, sourceFolder } = await import('../../data/open-source.js');
  const { data } = await import('../../data/options.js');
  const { defaultCacheDir } = await import('../../util/cache-dir.js');
  const rows = [];
  const own = dataSets.filter(({ classes }) => classes === null);
  for (const { name, title, page, terms, inputSize } of dataSets) {
    const config = data.parse({ name, inputSize });
    const classes = knownClasses(config);
    if (classes === null) continue;
    const dir = sourceFolder(config, cwd);
    const row = { name, title, page, terms, classes: classes.length, dir };
    try {
      const { train, test } = await openSource(config, cwd);
      rows.push({ ...row, inPlace: true, train: train.count, test: test.count, problem: null });
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      const problem = error.code === 'E_DATA_MISSING' ? null : error.problems[0]!.what;
      rows.push({ ...row, inPlace: false, train: null, test: null, problem });
    }
  }
  if (options.json) {
    print(JSON.stringify({ sets: rows, cacheDir: defaultCacheDir() }, null, 2));
    return ExitCode.ok;
  }
  const width = Math.max(...dataSets.map(({ name }) => name.length)) + 2;
  for (const { name, title, classes, dir, inPlace, train, test, problem } of rows) {
    const place = dir === null ? 'drawn when needed' : relative(cwd, dir) || '.';
    const state = inPlace
      ? `${place}: ${grouped(train!)} train, ${grouped(test!)} test`
      : problem === null
        ? `not here; involve data get ${name}`
        : `${place}: ${problem}`;
    print(`${name.padEnd(width)}${title}, ${classes} classes`);
    print(`${' '.repeat(width)}${state}`);
  }
  for (const { name, layout } of own) {
    print(`${name.padEnd(width)}your own: --set data.name=${name} --set data.dir=DIR with ${layout}`);
  }
  print(`decoded images are kept in ${defaultCacheDir()}`);
  return ExitCode.ok;
};

/** `involve data get NAME [--from URL|FILE] [--dir DIR]`: fetches, verifies and unpacks a data set. */
export const dataGet: CommandRun = async ([name], options, context) => {
  const { getDataset } = await import('../../data/get/get-dataset.js');
  const { cwd, print, note } = context;
  const set = dataSets.find((each) => each.name === name);
  if (set?.drawn) {
    print(`${set.name} are drawn when needed: there is nothing to get`);
    return ExitCode.ok;
  }
  if (set === undefined || set.fetch === null) {
    const known = [...fetchable, standIn].map((each) => each.name);
    const meant = closestString(name ?? '', known);
    throw badInput('E_ARGUMENT', {
      what: `no data set ${JSON.stringify(name ?? '')} to get`,
      try: meant === undefined ? `one of ${known.join(', ')}` : `did you mean "${meant}"?`,
    });
  }
  const fetching = await showProgress('downloading', context, megabytes);
  const unpacking = await showProgress('unpacking, files', context);
  let nextFiles = 0;
  try {
    const got = await getDataset(set, {
      cwd,
      from: options.from as string | undefined,
      dir: options.dir as string | undefined,
      events: {
        onDownload: (done, total) => fetching.update(done, total),
        onUnpack: (files) => {
          if (nextFiles === 0) fetching.stop();
          if (files < nextFiles) return;
          nextFiles = files + 1000;
          unpacking.update(files, null);
        },
        onNote: note,
      },
    });
    for (const warning of got.warnings) note(`note: ${warning}`);
    const { train, test } = got.source;
    print(
      `${name} ${got.present ? 'was in place already' : 'is in place'}: ${relative(cwd, got.dir) || '.'} ` +
        `(${grouped(train.count)} train, ${grouped(test.count)} test)`,
    );
    if (options.dir !== undefined)
      print(`to use it: --set data.name=${name} --set data.dir=${options.dir as string}`);
  } finally {
    fetching.stop();
    unpacking.stop();
  }
  return ExitCode.ok;
};

/** `involve data check [CONFIG|NAME] [--set …] [--dir DIR]`: looks at every image; exit 2 if some cannot be used. */
export const dataCheck: CommandRun = async ([operand], options, context) => {
  const { data } = await loadTarget(operand, options, context.cwd);
  const { openSource, sourceFolder } = await import('../../data/open-source.js');
  const { checkData } = await import('../../data/check-data.js');
  const source = await openSource(data, context.cwd);
  const progress = await showProgress('decoding', context);
  let report: DataReport;
  try {
    report = await checkData(source, data.inputSize, (done, total) => progress.update(done, total));
  } finally {
    progress.stop();
  }
  const dir = sourceFolder(data, context.cwd);
  if (options.json) {
    context.print(JSON.stringify({ name: data.name, dir, notes: source.notes, ...report }, null, 2));
  } else {
    printReport(report, data.name, dir, source.notes, context);
  }
  return report.bad.length > 0 ? ExitCode.badInput : ExitCode.ok;
};

function printReport(
  report: DataReport,
  name: string,
  dir: string | null,
  notes: readonly string[],
  { print }: CommandContext,
): void {
  const short = (path: string): string => (dir === null ? path : relative(dir, path) || path);
  const splits = Object.entries(report.counts);
  const width = Math.max(9, ...report.classes.map((label) => label.length));
  const row = (label: string, cells: readonly string[]): void =>
    print(`  ${label.padEnd(width)}${cells.map((cell) => cell.padStart(12)).join('')}`);
  print(dir === null ? name : `${name}, ${dir}`);
  row(
    '',
    splits.map(([split]) => split),
  );
  report.classes.forEach((label, c) =>
    row(
      label,
      splits.map(([, counts]) => grouped(counts[c]!)),
    ),
  );
  row(
    'all',
    splits.map(([, counts]) => grouped(counts.reduce((a, b) => a + b, 0))),
  );
  print(`largest class of train over smallest: ${report.imbalance.toFixed(2)}`);
  if (report.sizes.length > 0) {
    const shown = report.sizes.slice(0, 5).map(({ size, count }) => `${size} (${grouped(count)})`);
    print(
      `sizes: ${shown.join(', ')}${report.sizes.length > 5 ? `, and ${report.sizes.length - 5} more` : ''}`,
    );
  }
  for (const note of notes) print(`note: ${note}`);

  const findings = (title: string, lines: readonly string[]): void => {
    print(`${title}: ${lines.length === 0 ? 'none' : grouped(lines.length)}`);
    for (const line of lines.slice(0, shownFindings)) print(`  ${line}`);
    if (lines.length > shownFindings)
      print(`  … and ${lines.length - shownFindings} more (--json lists all)`);
  };
  const group = ({ images }: Duplicates): string =>
    images.map((image) => `${short(image.name)} (${image.class})`).join(' = ');
  const conflicting = report.duplicates.filter((each) => each.conflicting);
  const plain = report.duplicates.filter((each) => !each.conflicting);
  findings(
    'images that cannot be used',
    report.bad.map(({ name: path, reason }) => `${short(path)}: ${reason}`),
  );
  findings('groups of equal images with different classes', conflicting.map(group));
  findings('other groups of equal images in one split', plain.map(group));
  findings('groups of equal images across splits', report.acrossSplits.map(group));
}

/** `involve data show [CONFIG|NAME] [--set …] [--out FILE.png] [--count N]`: augmented training images as a picture. */
export const dataShow: CommandRun = async ([operand], options, context) => {
  const { data, augment, train } = await loadTarget(operand, options, context.cwd);
  const { openDataset } = await import('../../data/dataset.js');
  const { contactSheet } = await import('../../data/contact-sheet.js');
  const { writeFileAtomic } = await import('../../util/atomic-write.js');
  const count = (options.count as number | undefined) ?? 40;
  const out = (options.out as string | undefined) ?? `data-${data.name}.png`;
  const progress = await showProgress('decoding images, once', context);
  // A picture of forty images is no reason to decode a million.
  const limit = { ...data.limit, train: Math.min(data.limit.train ?? count, count) };
  const dataset = await openDataset(
    { ...data, limit },
    {
      cwd: context.cwd,
      splits: ['train'],
      onProgress: (done, total) => progress.update(done, total),
    },
  ).finally(() => progress.stop());
  try {
    for (const note of dataset.notes) context.note(`note: ${note}`);
    const { classes } = dataset;
    const picture = await contactSheet(dataset.train, { classes, augment, seed: train.seed, count });
    await writeFileAtomic(resolve(context.cwd, out), picture);
    context.print(out);
  } finally {
    await dataset.close();
  }
  return ExitCode.ok;
};
