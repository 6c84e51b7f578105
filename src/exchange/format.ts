import type { Experiment } from '../config/schema.js';
import type { Blueprint } from '../layers/blueprint.js';
import type { CheckpointName } from '../runs/run-paths.js';
import type { FileContent } from '../util/writing/atomic-write.js';

/** A weight as it is stored: float32 values in C order. */
export interface StoredWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A trained network, with what a reader of the file must know of it. */
export interface TrainedModel {
  /** Its config; `data` and `augment.normalize` say how an image becomes the network's input. */
  readonly experiment: Experiment;
  /** In the order of the outputs. */
  readonly classes: readonly string[];
  /** Which run and which of its checkpoints it is: `exp3/seed-0`, `best`, 12. */
  readonly origin: { readonly run: string; readonly checkpoint: CheckpointName; readonly epoch: number };
  /** Parameters, moving statistics and constants by name, `<layer>/<weight>`; those of the average where the run kept one. */
  readonly weights: ReadonlyMap<string, StoredWeight>;
  /** The network anew, up to the logits [classes]: a blueprint is good for one model. */
  design(): Blueprint;
}

/** Puts images through a written file, by the library that such files are for. */
export interface FileReader {
  /** What reads it, with its version: `onnxruntime-node 1.23.2`. */
  readonly description: string;
  /** @param pixels uint8 RGB, [count, size, size, 3] @returns the logits, [count, classes] */
  logits(pixels: Uint8Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A kind of file that others load. */
export interface ExchangeFormat {
  /**
   * The files of a model, by their paths within the folder that is written; one alone named '' is written as it is.
   * @throws InvolveError (exit code 2) where the format cannot hold the model
   */
  write(model: TrainedModel): Promise<ReadonlyMap<string, FileContent>>;
  /**
   * Makes sure that the library is there before anything is computed.
   * @returns what opens a written file or folder
   * @throws InvolveError (exit code 3) where this machine lacks it
   */
  reader(): Promise<(path: string) => Promise<FileReader>>;
}
