import type { Tensor, Tensor1D } from '../engine/tf.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { MetricValues, TaskMetrics } from '../metrics/metric.js';
import type { Features } from '../models/features.js';

/**
 * The shape of the targets of a batch.
 * @param size height and width of its images
 */
export function targetsShape(
  { shape, perPixel = false }: Objective['target'],
  count: number,
  size: number,
): number[] {
  return [count, ...(perPixel ? [size, size] : []), ...shape];
}

/** Images as a stream brings them. What else is in a batch is between the data and the task. */
export interface ImageBatch {
  /** [count, size, size, 3], normalised. */
  readonly images: Float32Array;
  readonly count: number;
}

/** Height and width of so many images, which are square. */
export function sizeOfImages({ images, count }: Pick<ImageBatch, 'images' | 'count'>): number {
  return Math.sqrt(images.length / count / 3);
}

/**
 * Sums over batches: plain numbers, so that a checkpoint within an epoch can hold them, and so that those of two parts of
 * a batch or a split, key by key, add up to those of both.
 */
export type Sums = Readonly<Record<string, number>>;

/** Measures over many batches. Whatever it remembers is in the sums, which it is given and gives back. */
export interface Meter<B, R> {
  readonly start: Sums;
  /** The sums with one batch more, of which `result` came out. */
  add(sums: Sums, batch: B, result: R): Sums;
  /** The metrics of all batches so far; `loss` is one of them. */
  values(sums: Sums): MetricValues;
}

/** What a train step computed on a batch, before the parameters changed. */
export interface StepOutputs {
  /** What the model put out, image by image. */
  readonly outputs: Float32Array;
  /** Of each image. */
  readonly losses: Float32Array;
}

/** What a train step is given of a batch. */
export interface Prepared {
  readonly images: Float32Array;
  /** [count, …target.shape]. */
  readonly targets: Float32Array | Int32Array;
}

/** When in training a batch comes. */
export interface TrainingMoment {
  /** Share of the planned steps that are done: 0 in the first step, 1 in the last. */
  readonly done: number;
}

/** What a train step came to, and what it was to come to. */
export type StepResult = StepOutputs & Pick<Prepared, 'targets'>;

/** What the recorded step knows of a task. Both are the same for every batch. */
export interface Objective {
  /** The target of one image. */
  readonly target: {
    readonly shape: readonly number[];
    readonly dtype: 'float32' | 'int32';
    /** There is one for each of its pixels: height and width stand before the shape. */
    readonly perPixel?: boolean;
  };
  /**
   * The loss of each image [B], differentiable. Part of a recorded step: it must not look at values.
   * @param outputs [B, …], what the model puts out
   * @param targets [B, …target.shape]
   */
  losses(outputs: Tensor, targets: Tensor): Tensor1D;
}

/** A picture, in the grammar of Vega-Lite; its colours are those of util/page/palette.ts: `var(--ink)`. */
export interface EvaluationFigure {
  readonly title: string;
  readonly spec: object;
}

/** A picture of pixels. */
export interface EvaluationPicture {
  readonly width: number;
  readonly height: number;
  /** width·height·3 bytes. */
  readonly pixels: Uint8Array;
}

/** A file beside an evaluation. */
export type EvaluationFile = {
  /** `confusion` becomes `confusion-test.csv`. */
  readonly stem: string;
  /** For people: `confusion matrix`. */
  readonly title: string;
} & (
  | { readonly ending: 'csv'; readonly text: string }
  | { readonly ending: 'svg'; readonly figure: EvaluationFigure }
  | { readonly ending: 'png'; readonly picture: EvaluationPicture }
);

/** What an evaluation says beside its metrics. */
export interface EvaluationReport {
  /** Keys of evaluation-<split>.json. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly files: readonly EvaluationFile[];
  /** For people. */
  readonly lines: readonly string[];
}

/** Looks closer at a split than metrics do: what `eval` writes and shows. */
export interface Examination<B> {
  add(batch: B, outputs: Float32Array): void;
  /** @param title of pictures */
  report(values: MetricValues, title: string): EvaluationReport;
}

/** What is predicted of one image. */
export interface Prediction {
  /** Keys of a line of `--json`, after the image. */
  readonly record: Readonly<Record<string, unknown>>;
  /** Rows of `--csv`, after the image. */
  readonly rows: readonly (readonly (string | number)[])[];
  /** For people. */
  readonly lines: readonly string[];
  /** size·size labels, of a task that says one of each pixel. */
  readonly mask?: Uint8Array;
}

/**
 * What is predicted of an image, how it is learned, and how it is judged. Whoever trains, evaluates or predicts is
 * handed one and knows no more of it than this.
 */
export interface Task<B extends ImageBatch = ImageBatch> extends Objective {
  readonly name: string;
  readonly metrics: TaskMetrics;
  /** Puts the layers after a family's features that turn them into what the loss is of. */
  head(net: Blueprint, features: Features): Node;
  /**
   * A training batch as the step is given it. Whoever mixes images (mixup, cutmix) does it here, together with their
   * targets, by numbers drawn from `key`: each with the one before it, in a ring, and with no other, so that a part of a
   * batch and the image before it are enough. What a mask must follow (flip, crop) is done before, where the batch is
   * made and an image and its mask are still one.
   */
  prepare(batch: B, key: number, moment: TrainingMoment): Prepared;
  /** While it trains: what an epoch's sums are, and the metrics of them. */
  readonly training: Meter<Omit<B, 'images'>, StepResult>;
  /** On a split, from what the model puts out. */
  readonly validation: Meter<B, Float32Array>;
  examine(): Examination<B>;
  /**
   * What several predictions of the same images come to, as the model would put it out.
   * @param outputs of each [count, …], at least one
   */
  mean(outputs: readonly Float32Array[]): Float32Array;
  /** Columns of `predict --csv`, after `image`. */
  readonly predictionColumns: readonly string[];
  /**
   * @param output what the model puts out for one image
   * @param top how many answers are wanted, where there are several
   */
  predict(output: Float32Array, top: number): Prediction;
}
