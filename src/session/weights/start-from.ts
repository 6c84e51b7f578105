import type { Experiment } from '../../config/schema.js';
import { fitWeights, type Fitted } from '../../exchange/fit-weights.js';
import { kerasNamesOf } from '../../exchange/keras/index.js';
import { ownWeightsOf } from '../../exchange/own-weights.js';
import { readWeights, type StoredWeights } from '../../exchange/read-weights.js';
import { timmNames } from '../../exchange/timm/index.js';
import type { LayersModel } from '../../engine/tf.js';
import type { ModelConfig } from '../../models/options.js';
import type { Design } from '../../tasks/design.js';
import { fromOf } from '../../train/start-options.js';
import { putWeights } from '../../train/state.js';

/** How a config takes what fits and leaves the rest. */
export const PARTIALLY = 'train.from: {weights: FILE, partial: true}';

/** What a run's record says of the weights that it started from. */
export interface StartRecord {
  /** The file as it was named. */
  readonly weights: string;
  readonly sha256: string;
  /** Whose names its tensors have. */
  readonly format: string;
  /** How many of them were taken. */
  readonly tensors: number;
  /** Why the head is new; absent where it came along. */
  readonly newHead?: string;
  /** Weights that started from the seed beside the head, where what fits was taken. */
  readonly fromSeed?: readonly string[];
}

/** Weights to start from, as they were read. */
export interface Start {
  readonly stored: StoredWeights;
  /**
   * Puts them into a model.
   * @throws InvolveError (exit code 2) with every tensor that does not fit
   */
  into(model: LayersModel, design: Design, classes: readonly string[]): StartRecord;
}

/**
 * Reads the weights that a config names to start from; undefined: those of the seed.
 * @throws InvolveError (exit code 2) where there are none, or they are damaged
 */
export async function readStart(
  { train, model: config }: Pick<Experiment, 'train' | 'model'>,
  cwd: string,
): Promise<Start | undefined> {
  const from = fromOf(train);
  if (from === undefined) return undefined;
  const stored = await readWeights(from.weights, from.checkpoint, cwd);
  return {
    stored,
    into(model, { head }, classes) {
      const weights = ownWeightsOf(model);
      const fitted = fitWeights({ weights, head, classes, foreign: foreignNames(config) }, stored, {
        ...from,
        partially: PARTIALLY,
      });
      putWeights(model, fitted.tensors, stored.shown);
      return recordOf(stored, fitted);
    },
  };
}

/** What others call the weights of a network. */
export function foreignNames(model: ModelConfig) {
  return [timmNames(model), kerasNamesOf(model)].filter((names) => names !== undefined);
}

/** What was taken of stored weights, in a sentence each. */
export function startNotes({ weights, format, tensors, newHead, fromSeed }: StartRecord): string[] {
  const notes = [`starts from ${weights} (names of ${format}): ${tensors} tensors`];
  if (newHead !== undefined) notes.push(`the head is new: ${newHead}`);
  if (fromSeed) {
    const some = fromSeed.slice(0, 6).join(', ');
    const more = fromSeed.length > 6 ? `, … (${fromSeed.length} in all)` : '';
    notes.push(`weights that start from the seed, since nothing there fits them: ${some}${more}`);
  }
  return notes;
}

/** What is put on record of weights that were taken. */
export function recordOf(
  { shown, sha256 }: StoredWeights,
  { title, tensors, newHead, left }: Fitted,
): StartRecord {
  return {
    weights: shown,
    sha256,
    format: title,
    tensors: tensors.size,
    ...(newHead !== undefined && { newHead }),
    ...(left.ours.length > 0 && { fromSeed: left.ours }),
  };
}
