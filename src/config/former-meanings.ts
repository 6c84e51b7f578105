import { assign } from './merge.js';
import { childOf, fromPlain, pathText, toPlain, type ConfigPath, type Located } from './located.js';
import type { Experiment } from './schema.js';
import { experimentSchema } from './schema.js';

/** What a recorded config without a key meant, where the key's default means something else today. */
export interface FormerMeaning {
  readonly path: ConfigPath;
  readonly value: string;
  /** How it was, as a sentence goes on after “the run was started when”. */
  readonly text: string;
}

interface Rule extends FormerMeaning {
  /** Whether the key has a part in this experiment, all of whose older keys are there. */
  readonly counts: (recorded: Recorded) => boolean;
}

/** A config that a run recorded, whose every key is there. */
type Recorded = Readonly<Pick<Experiment, 'model' | 'train'>>;

const RULES: readonly Rule[] = [
  {
    path: ['train', 'schedule', 'counting'],
    value: 'keras',
    text: 'patience counted as in Keras',
    counts: ({ train: { schedule } }) => schedule.name === 'plateau',
  },
  {
    path: ['train', 'optimizer', 'decayBy'],
    value: 'name',
    text: 'what decays went by names',
    counts: ({ model, train: { optimizer } }) =>
      (optimizer.weightDecay > 0 || optimizer.name === 'muon') && hasOtherNames(model),
  },
  {
    path: ['model', 'lowToHigh'],
    value: 'pooled',
    text: 'octave convolutions with a stride pooled the low map first',
    counts: ({ model }) => model.family === 'wide-resnet' && model.alpha > 0,
  },
];

/**
 * The config of a run that an older version made, with what its missing keys meant then: their defaults are others now.
 * Whoever writes a config today, and leaves such a key out, means its default.
 */
export function withFormerMeanings(recorded: Located): {
  readonly node: Located;
  readonly former: readonly FormerMeaning[];
} {
  const plain = toPlain(recorded);
  // A file that somebody has shortened is told what is wrong with it by the schema.
  if (!isWhole(plain)) return { node: recorded, former: [] };
  const former = RULES.filter(({ path, counts }) => isMissing(recorded, path) && counts(plain));
  const node = former.reduce(
    (config, { path, value }) => assign(experimentSchema, config, path, fromPlain(value, recorded.origin)),
    recorded,
  );
  return { node, former };
}

/** The keys of an experiment to which `former` gives the values that they had. */
export function withMeanings(experiment: Experiment, former: readonly FormerMeaning[]): Experiment {
  const changed = structuredClone(experiment);
  for (const { path, value } of former) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], changed);
    (parent as Record<string, unknown>)[path.at(-1)!] = value;
  }
  return changed;
}

/** What to say of it. */
export function formerNote(shown: string, { path, value, text }: FormerMeaning): string {
  return `${shown} was started when ${text}, and goes on so: ${pathText(path)} ${value}`;
}

// --- internal ---

function isWhole(config: unknown): config is Recorded {
  const { model, train } = (config ?? {}) as { readonly model?: unknown; readonly train?: Recorded['train'] };
  return [model, train?.optimizer, train?.schedule].every(
    (part) => typeof part === 'object' && part !== null,
  );
}

function isMissing(config: Located, path: ConfigPath): boolean {
  let node: Located | undefined = config;
  for (const key of path) node = node && childOf(node, key);
  return node === undefined;
}

/** Families and operators of which a trainable weight's name did not tell its role; no later one needs to be here. */
const FAMILIES = ['lr-net', 'sasa-resnet', 'axial-resnet'];
const OPERATORS = ['local-relation', 'local-attention', 'axial-attention', 'global-attention'];

function hasOtherNames(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { family, type, segments } = part as Record<string, unknown>;
  return (
    FAMILIES.includes(String(family)) ||
    OPERATORS.includes(String(type)) ||
    (typeof segments === 'number' && segments > 1) ||
    Object.values(part).some(hasOtherNames)
  );
}
