import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { normalizationTable, normalize } from '../../data/augment/normalize.js';
import { openWasmEngine } from '../../engine/wasm/engine.js';
import { zeros } from '../../engine/tf.js';
import { predictAtOnce } from '../../train/predictor.js';
import { restoreWeights } from '../../train/state.js';
import type { TrainedModel } from '../format.js';
import { format } from './format.js';

/** Writes a model into a new folder. */
export async function writtenFolder(trained: TrainedModel): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'involve-browser-'));
  for (const [name, content] of await format.write(trained)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content as string | Uint8Array);
  }
  return folder;
}

/** What the wasm engine makes of pixels, image by image. */
export function engineLogits(
  { experiment, weights, design }: TrainedModel,
  pixels: Uint8Array,
  count: number,
): Float32Array {
  const { inputSize: size } = experiment.data;
  const length = size * size * 3;
  const image = new Float32Array(length);
  return openWasmEngine({ threads: 1 }).run(() => {
    const model = design().build((shape) => zeros([...shape]), 'engine');
    restoreWeights(model, weights, 'test');
    const logits = Array.from({ length: count }, (_, i) => {
      const own = pixels.subarray(i * length, (i + 1) * length);
      normalize(own, length, normalizationTable(experiment.augment.normalize), image, 0);
      return predictAtOnce(model, image, 1, size);
    });
    model.dispose();
    return Float32Array.from(logits.flatMap((each) => [...each]));
  });
}
