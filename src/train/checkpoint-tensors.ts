import { badInput } from '../util/errors.js';
import type { Progress, StateTensor, TrainingState } from './state.js';

/** A tensor file as the run folder stores it: named tensors and a map of texts. */
export interface StoredState {
  readonly tensors: ReadonlyMap<
    string,
    { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  >;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a file holds before it is known to be one of ours. */
export interface ForeignState {
  readonly tensors: ReadonlyMap<
    string,
    { readonly dtype: string; readonly shape: readonly number[]; readonly data: unknown }
  >;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Version of the layout of names and progress; another one is refused. */
const FORMAT = 'involve-checkpoint-1';

/** A training state as a tensor file: progress as JSON in the metadata, step and epoch readable beside it. */
export function toStored(state: TrainingState): StoredState {
  const { progress } = state;
  return {
    tensors: new Map(
      [...state.tensors].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data }]),
    ),
    metadata: {
      format: FORMAT,
      epoch: String(progress.epoch),
      step: String(progress.step),
      progress: JSON.stringify(progress),
    },
  };
}

/**
 * The training state of a tensor file.
 * @throws InvolveError E_CHECKPOINT_FOREIGN for a file that is not a checkpoint of ours
 */
export function fromStored(file: ForeignState, source: string): TrainingState {
  if (file.metadata.format !== FORMAT || !file.metadata.progress) {
    throw badInput('E_CHECKPOINT_FOREIGN', {
      what: `not a checkpoint of involve: its format is ${file.metadata.format ?? 'not stated'}, expected ${FORMAT}`,
      where: source,
      try: 'use a checkpoint that involve train wrote',
    });
  }
  const tensors = new Map<string, StateTensor>();
  for (const [name, { shape, data }] of file.tensors) {
    if (data instanceof Float32Array) tensors.set(name, { shape, data });
  }
  return { progress: JSON.parse(file.metadata.progress) as Progress, tensors };
}
