import type { AugmentConfig } from '../../data/augment/options.js';
import type { fitOf } from '../../data/fit.js';
import type { PortableCall, PortableProgram, PortableValues } from '../../engine/wasm/portable-program.js';
import type { TrainedModel } from '../format.js';

/** Names of what is in the folder beside the compiled kernels. */
export const FILES = { description: 'model.json', weights: 'weights.bin', module: 'model.js' } as const;

/** Names of what goes into the program and comes out. */
export const PORTS = { images: 'images', logits: 'logits' } as const;

/** A call: place of the routine in the list of routines, pieces of work, arguments. */
export type WrittenCall = readonly [routine: number, items: number, ...args: number[]];

/** What `model.json` says. */
export interface Description {
  /** Version of the format. */
  readonly involve: 1;
  readonly name: string;
  /** In the order of the logits. */
  readonly classes: readonly string[];
  /** How an image becomes the network's input. */
  readonly preprocessing: Parameters<typeof fitOf>[0] & { readonly normalize: AugmentConfig['normalize'] };
  readonly origin: TrainedModel['origin'];
  /** One image of the network's size: float32 [size, size, 3] → logits [classes]. */
  readonly program: {
    readonly memoryBytes: number;
    /** Where `weights.bin` goes, and how long it is. */
    readonly weights: { readonly address: number; readonly bytes: number };
    readonly images: PortableValues;
    readonly logits: PortableValues;
    readonly routines: readonly string[];
    readonly setUp: readonly WrittenCall[];
    readonly calls: readonly WrittenCall[];
  };
}

/** What is to be known of a model and its program. */
export function descriptionOf(
  { experiment, classes, origin }: Omit<TrainedModel, 'weights' | 'design'>,
  { memoryBytes, data, inputs, outputs, setUp, calls }: PortableProgram,
): Description {
  const { inputSize, resize, cropFraction } = experiment.data;
  const routines = [...new Set([...setUp, ...calls].map(({ routine }) => routine))].sort();
  const written = ({ routine, items, args }: PortableCall): WrittenCall => {
    // JSON has no others.
    if (!args.every(Number.isFinite)) throw new Error(`${routine} is called with ${args.join()}`);
    return [routines.indexOf(routine), items, ...args];
  };
  return {
    involve: 1,
    name: experiment.name,
    classes,
    preprocessing: { inputSize, resize, cropFraction, normalize: experiment.augment.normalize },
    origin,
    program: {
      memoryBytes,
      weights: { address: data.address, bytes: data.bytes.length },
      images: inputs[PORTS.images],
      logits: outputs[PORTS.logits],
      routines,
      setUp: setUp.map(written),
      calls: calls.map(written),
    },
  };
}

/** As JSON, a call a line. */
export function descriptionText({ program, ...rest }: Description): string {
  const { setUp, calls, ...small } = program;
  const list = (made: readonly WrittenCall[]): string =>
    `[\n${made.map((call) => JSON.stringify(call)).join(',\n')}\n]`;
  const about = JSON.stringify(rest, null, 2).slice(0, -2);
  const head = JSON.stringify(small).slice(0, -1);
  return `${about},\n  "program": ${head},\n"setUp": ${list(setUp)},\n"calls": ${list(calls)}}\n}\n`;
}
