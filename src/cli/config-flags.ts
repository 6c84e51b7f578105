import { MOST_CLASSES } from '../data/data-set.js';
import type { EngineConfig } from '../engine/options.js';
import { choice, count, flag, list } from './flags.js';

// Flags that several commands take.

export const json = flag('machine-readable output on stdout');
/** Where a result is a line, and there are many. */
export const jsonLines = flag('one JSON object a line on stdout');
export const set = list('path=value', 'change one value of the config, e.g. train.epochs=3; may be repeated');

const ENGINES = [
  'auto',
  'tensorflow',
  'wasm',
  'reference',
] as const satisfies readonly EngineConfig['name'][];
const DEVICES = ['auto', 'cuda', 'cpu'] as const satisfies readonly EngineConfig['device'][];

export const engine = choice('name', 'what computes', ENGINES);
export const device = choice('name', 'where it computes', DEVICES);
export const threads = count('n', 'threads of the engine (default: one per core)', { from: 1, to: 64 });
/** No more than labels of 16 bits tell apart. */
export const classes = count('n', 'number of classes (default: those of the data)', {
  from: 2,
  to: MOST_CLASSES,
});
/** Those that `data.inputSize` has: what reads configs is not loaded by each start. */
export const INPUT_SIZES = { from: 8, to: 1024 } as const;
export const inputSize = count('n', 'height and width of the images', INPUT_SIZES);
