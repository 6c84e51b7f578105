import { badInput, type InvolveError } from '../util/errors.js';
import { layers, type LayerShape, type LayersModel, type Tensor, type Scalar } from '../engine/tf.js';
import type { LayerCost } from './cost.js';
import type { Observe } from './observation.js';

/** What a layer is told when it is called. */
export interface CallOptions {
  /** Statistics of the batch, dropout and stochastic depth are on. */
  readonly training?: boolean;
  /** int32 scalar: the only source of randomness in a step; needed when `training`. */
  readonly seed?: Scalar;
  /** float32 scalar: the share of training that is behind the step; needed when `training` by layers that follow it. */
  readonly done?: Scalar;
  /**
   * Out of training: batch norm goes by the batch, and takes it into its statistics with this weight, which is the
   * share of the batch in all that were measured so far, itself included. Nothing is dropped.
   */
  readonly measured?: Scalar;
  /** Batch norm goes by the images of all workers that share the step; in recorded steps, when `training`. */
  readonly acrossWorkers?: boolean;
  /** Called with what the layer has inside, by layers that can show something. */
  readonly observe?: Observe;
  /** Batch norm keeps its statistics and goes by them, in training too. */
  readonly fixedStatistics?: boolean;
}

/** How a layer takes part in training. */
export interface LayerTraining {
  /** Its learning rate as a multiple of the network's; 0: its weights stay as they are. */
  readonly rate: number;
  /** Its batch norm keeps its statistics, scale and offset, and normalises by them in training too. */
  readonly fixedStatistics: boolean;
}

/** What every operator's options have in common. */
export interface OperatorOptions {
  /** Unique within the model; its weights are stored as `<name>/<weight>`. */
  readonly name: string;
}

/** Roles of a weight: only kernels are subject to weight decay unless a config says otherwise. */
export type WeightRole = 'kernel' | 'bias' | 'gamma' | 'beta';

/**
 * A tf.js layer that knows its cost from shapes alone, so that a network can be counted without
 * making its weights. One file an operator: formula, shapes, cost.
 */
export abstract class OperatorLayer extends layers.Layer {
  /** A part of the recorded step, so it is set before the first one. */
  training: LayerTraining = { rate: 1, fixedStatistics: false };

  constructor(options: OperatorOptions) {
    super({ name: options.name });
  }

  /** Whether what it does in training depends on how much of it is over (`done`). */
  get followsTraining(): boolean {
    return false;
  }

  /** Pixels of its input, along a side, for one of its output. */
  get stride(): number {
    return 1;
  }

  /**
   * The same layer, its weights of the same names and shapes, for a map that a stride before it has left as large as it
   * was: it takes every place, and the taps of its window are `dilation` places apart, so that each sees what it would
   * have seen. Itself, where it has neither.
   * @throws InvolveError (exit code 2) where its window cannot be spread
   */
  dilated(_dilation: number): OperatorLayer {
    return this;
  }

  /** Cost for one image, from the shapes of the inputs. */
  abstract cost(inputs: readonly LayerShape[]): LayerCost;

  /** Shape out from shapes in; throws `InvolveError` when they do not fit. */
  abstract inferShape(inputs: readonly LayerShape[]): LayerShape;

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return this.inferShape(asShapes(inputShape));
  }

  /** What the layer computes; `inputs` in the order in which the builder gave them. */
  abstract compute(inputs: readonly Tensor[], options: CallOptions): Tensor;

  override call(inputs: Tensor | Tensor[], options: object): Tensor {
    const given = options as CallOptions;
    return this.compute(
      Array.isArray(inputs) ? inputs : [inputs],
      this.training.fixedStatistics ? { ...given, fixedStatistics: true } : given,
    );
  }

  /** Throws `InvolveError` unless the window has a middle. */
  protected requireOdd(kernelSize: number): void {
    if (kernelSize % 2 === 1) return;
    throw this.refuse(`kernelSize must be odd, not ${kernelSize}`, `${kernelSize + 1} or ${kernelSize - 1}`);
  }

  /** An error about this layer's options, naming the layer. */
  protected refuse(what: string, hint?: string): InvolveError {
    return badInput('E_LAYER_OPTIONS', { what: `layer ${this.name}: ${what}`, where: 'model', try: hint });
  }
}

/** Whether a step of a network depends on how much of training is over. */
export function followsTraining({ layers: all }: Pick<LayersModel, 'layers'>): boolean {
  return all.some((layer) => layer instanceof OperatorLayer && layer.followsTraining);
}

/** tf.js hands over one shape or a list of them. */
export function asShapes(shape: LayerShape | LayerShape[]): LayerShape[] {
  return Array.isArray(shape[0]) ? (shape as LayerShape[]) : [shape as LayerShape];
}

/** Channels of a shape: the last axis, which must be known. */
export function channelsOf(shape: LayerShape): number {
  return shape[shape.length - 1]!;
}
