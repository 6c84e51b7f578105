import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normalizationTable, normalize as writeNormalized } from '../../data/augment/normalize.js';
import { uniform } from '../../engine/testing.js';
import { openReferenceEngine } from '../../engine/reference/engine.js';
import { scalar, tensor, tensor4d, tidy, zeros, type Tensor } from '../../engine/tf.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { model as modelSchema } from '../../models/options.js';
import { designFeatures } from '../../models/registry.js';
import { segmentationHead } from '../../tasks/segmentation/head.js';
import { weightsOf } from '../../train/parameters.js';
import { restoreWeights } from '../../train/state.js';
import { RandomStream } from '../../util/random.js';
import type { Experiment } from '../../config/schema.js';
import type { AugmentConfig } from '../../data/augment/options.js';
import type { StoredWeight, TrainedModel } from '../format.js';
import { format } from './format.js';
import { loadRuntime, openOnnxFile } from './runtime.js';

/** Why tests that read files with ONNX Runtime do not run here, or undefined where they do: for `describe.skipIf`. */
export const NO_ONNXRUNTIME: string | undefined = (() => {
  try {
    loadRuntime();
    return undefined;
  } catch (error) {
    return `skipped: ${(error as Error).message}`;
  }
})();

/**
 * A network with weights as if it had been trained: none is all zeros or ones.
 * @param withStatistics those of a batch, so that no map vanishes or grows from layer to layer
 */
export function asTrained(
  design: () => Blueprint,
  { withStatistics = true }: { readonly withStatistics?: boolean } = {},
): TrainedModel {
  const normalize = 'imagenet';
  const net = design();
  const [, inputSize] = net.input.shape as number[];
  return openReferenceEngine().run(() => {
    const model = net.build(0, 'trained');
    const classes = model.outputs[0].shape.at(-1)!;
    const weights = new Map<string, StoredWeight>();
    weightsOf(model).forEach(({ variable }, i) => {
      const { shape } = variable;
      const begun = variable.dataSync<'float32'>();
      if (begun.some((value) => value !== begun[0])) return;
      const drawn = uniform(shape, 1000 + i, -0.125, 0.125);
      variable.assign(
        tensor(
          drawn.map((each) => begun[0] + each),
          shape,
        ),
      );
    });
    if (withStatistics) {
      const images = normalized(pixelsOf(4, inputSize), normalize);
      tidy(() => void model.apply(tensor4d(images, [4, inputSize, inputSize, 3]), { measured: scalar(1) }));
    }
    for (const { name, variable } of weightsOf(model)) {
      weights.set(name, { shape: variable.shape, data: variable.dataSync<'float32'>().slice() });
    }
    model.dispose();
    return {
      experiment: {
        name: 'trained',
        data: { inputSize, resize: 'squeeze', cropFraction: 1 },
        augment: { normalize },
      } as Experiment,
      classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
      origin: { run: 'runs/trained', checkpoint: 'best', epoch: 3 },
      weights,
      design,
    };
  });
}

/** Says of every pixel of images of 24×24 which of three classes it is of. */
export function segmenting(
  outputStride: 8 | null,
  type: 'semantic-fpn' | 'upernet' = 'semantic-fpn',
): Blueprint {
  const blocks = [1, 1, 1, 1];
  const part = { channels: 8, spatial: { type: 'involution', kernelSize: 3, groups: { channels: 4 } } };
  const decoder = type === 'upernet' ? { type, channels: 8 } : { type, neck: part, head: { channels: 8 } };
  const config = modelSchema.parse({ family: 'resnet', blocks, width: 4, outputStride, decoder });
  const { net, features } = designFeatures(config, 24);
  segmentationHead(net, features, 3);
  return net;
}

/** Random pixels. */
export function pixelsOf(count: number, size: number): Uint8Array {
  const stream = new RandomStream('pixels', count, size);
  return Uint8Array.from({ length: count * size * size * 3 }, () => stream.integer(256));
}

/** What the reference engine makes of pixels. */
export function referenceLogits(trained: TrainedModel, pixels: Uint8Array, count: number): Float32Array {
  const { inputSize } = trained.experiment.data;
  return openReferenceEngine().run(() => {
    const model = trained.design().build((shape) => zeros([...shape]), 'reference');
    restoreWeights(model, trained.weights, 'test');
    const images = normalized(pixels, trained.experiment.augment.normalize);
    const logits = tidy(() =>
      Float32Array.from(
        (
          model.apply(tensor4d(images, [count, inputSize, inputSize, 3]), { training: false }) as Tensor
        ).dataSync<'float32'>(),
      ),
    );
    model.dispose();
    return logits;
  });
}

/** What ONNX Runtime makes of pixels, by a file that is written for it, in batches of each size. */
export async function runtimeLogits(
  trained: TrainedModel,
  batches: readonly { readonly pixels: Uint8Array; readonly count: number }[],
): Promise<Float32Array[]> {
  const folder = mkdtempSync(join(tmpdir(), 'involve-onnx-'));
  try {
    const path = join(folder, 'model.onnx');
    const content = (await format.write(trained)).get('')!;
    writeFileSync(path, Buffer.concat([...(content as Iterable<Uint8Array>)]));
    const file = await openOnnxFile(loadRuntime(), path);
    const logits: Float32Array[] = [];
    for (const { pixels, count } of batches) logits.push(await file.logits(pixels, count));
    await file.close();
    return logits;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// --- internal ---

function normalized(pixels: Uint8Array, kind: AugmentConfig['normalize']): Float32Array {
  const images = new Float32Array(pixels.length);
  writeNormalized(pixels, pixels.length, normalizationTable(kind), images, 0);
  return images;
}
