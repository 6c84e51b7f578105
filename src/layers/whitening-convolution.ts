import {
  fused,
  serialization,
  tensor,
  tidy,
  type LayerShape,
  type Tensor,
  type Tensor4D,
} from '../engine/tf.js';
import { symmetricEigen } from '../util/symmetric-eigen.js';
import { convolutionCost, elements, sumCosts, type LayerCost } from './cost.js';
import { windowedLength } from './convolution.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';
import { makeWeight, type LayerWeight } from './weights.js';

export interface WhiteningConvolutionOptions extends OperatorOptions {
  readonly kernelSize: number;
  /** 1 where nothing is said. */
  readonly stride?: number;
}

/** Images as a layer gets them: [count,height,width,channels], row after row. */
export interface ImageValues {
  readonly values: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** A layer that starts from images of the training and not from chance alone. */
export interface StartsFromImages {
  /** Sets its weights by the images that it will see. */
  startFrom(images: ImageValues): void;
}

export function startsFromImages<L extends object>(layer: L): layer is L & StartsFromImages {
  return 'startFrom' in layer;
}

/** Added to the variances, so that a direction without any is not blown up; the author's. */
const EPSILON = 5e-4;

/**
 * A convolution that learns nothing but its bias (Page 2019, "How to Train Your ResNet 8: Bag of tricks", "frozen input
 * whitening"; Jordan 2024, section 3.2 and its code): its filters are the eigenvectors of the patches of the training
 * images, each once with either sign, divided by √(eigenvalue + 5e-4), so that what comes out has no correlations and
 * about variance 1. No padding: [B,H,W,C] → [B,⌊(H−k)/s⌋+1,⌊(W−k)/s⌋+1,2·k²·C] at stride s. The patches that the
 * eigenvectors are of are those at every place, whatever the stride.
 *
 * Weights: `kernel` [k,k,C,2k²C], a constant that `startFrom` computes, glorot-uniform until then; `bias`, zero.
 */
export class WhiteningConvolution extends OperatorLayer implements StartsFromImages {
  static className = 'WhiteningConvolution';
  readonly #options: WhiteningConvolutionOptions;
  #kernel: LayerWeight | undefined;
  #bias: LayerWeight | undefined;

  constructor(options: WhiteningConvolutionOptions) {
    super(options);
    this.#options = options;
  }

  #filters(channels: number): number {
    return 2 * this.#options.kernelSize ** 2 * channels;
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { kernelSize: k, stride = 1 } = this.#options;
    const out = [height, width].map((length) => windowedLength(length, k, stride, 'valid'));
    if (out.some((length) => length !== null && length < 1)) {
      throw this.refuse(
        `a window of ${k}×${k} does not fit into ${height}×${width}`,
        'a larger data.inputSize',
      );
    }
    return [batch, ...out, this.#filters(channels!)];
  }

  override build(shape: LayerShape): void {
    const { kernelSize: k } = this.#options;
    const channels = channelsOf(shape);
    const filters = this.#filters(channels);
    const start = { kind: 'glorot-uniform', fanIn: k * k * channels, fanOut: k * k * filters } as const;
    this.#kernel = makeWeight(this, 'kernel', [k, k, channels, filters], start, 'constant');
    this.#bias = makeWeight(this, 'bias', [filters], { kind: 'constant', value: 0 }, 'bias');
    super.build(shape);
  }

  startFrom(images: ImageValues): void {
    const { kernelSize: k } = this.#options;
    const { shape } = this.#kernel!.read();
    const [, , channels, filters] = shape;
    const size = filters / 2;
    const { values, vectors } = symmetricEigen(patchCovariance(images, k, channels), size);
    const kernel = new Float32Array(size * filters);
    vectors.forEach((vector, i) => {
      const scale = 1 / Math.sqrt(values[i] + EPSILON);
      vector.forEach((component, place) => {
        kernel[place * filters + i] = component * scale;
        kernel[place * filters + size + i] = -component * scale;
      });
    });
    tidy(() => {
      this.#kernel!.write(tensor(kernel, shape));
    });
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return fused.conv2d({
      x: x as Tensor4D,
      filter: this.#kernel!.read() as Tensor4D,
      bias: this.#bias!.read(),
      strides: this.#options.stride ?? 1,
      pad: 'valid',
    });
  }

  override cost(inputs: readonly LayerShape[]): LayerCost {
    const channels = channelsOf(inputs[0]);
    const [taps, filters] = [this.#options.kernelSize ** 2, this.#filters(channels)];
    const places = elements(this.inferShape(inputs)) / filters;
    const frozen = taps * channels * filters;
    return sumCosts([
      convolutionCost(places, taps, channels, filters, true),
      { parameters: -frozen, nonTrainable: frozen },
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(WhiteningConvolution);

// --- internal ---

/**
 * The mean product of any two places of a k×k patch, over all patches of all images: [k²C, k²C]. About 0 and not about
 * the mean, as the author has it, for images that are normalised.
 */
function patchCovariance(
  { values, count, height, width }: ImageValues,
  k: number,
  channels: number,
): Float64Array {
  const size = k * k * channels;
  const sums = new Float64Array(size * size);
  const patch = new Float64Array(size);
  for (let image = 0; image < count; image++) {
    for (let row = 0; row + k <= height; row++) {
      for (let column = 0; column + k <= width; column++) {
        for (let y = 0; y < k; y++) {
          const from = ((image * height + row + y) * width + column) * channels;
          for (let i = 0; i < k * channels; i++) patch[y * k * channels + i] = values[from + i];
        }
        for (let i = 0; i < size; i++) {
          const x = patch[i];
          for (let j = i; j < size; j++) sums[i * size + j] += x * patch[j];
        }
      }
    }
  }
  const patches = count * (height - k + 1) * (width - k + 1);
  return sums.map((sum) => sum / patches);
}
