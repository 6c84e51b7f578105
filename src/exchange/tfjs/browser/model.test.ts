import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeFitted } from '../../../data/formats/decode-fitted.js';
import { fitOf } from '../../../data/fit.js';
import { SMALL_NETWORKS } from '../../../models/engines.testing.js';
import { asTrained, pixelsOf } from '../../onnx/testing.js';
import type { TrainedModel } from '../../format.js';
import { format } from '../format.js';
import { loadModel, type ReadFile } from './model.js';

const [, design] = SMALL_NETWORKS.find(([name]) => name === 'airbench')!;
const trained = asTrained(design, { withStatistics: false });
const { inputSize } = trained.experiment.data;

/** The files of a model, of which some may be other ones. */
async function readerOf(
  model: TrainedModel,
  others: Readonly<Record<string, Uint8Array>> = {},
): Promise<ReadFile> {
  const files = await format.write(model);
  return async (name) => {
    const content = others[name] ?? files.get(name)!;
    return Uint8Array.from(typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array))
      .buffer;
  };
}

describe('a model of an exported folder', () => {
  it.each([
    [{ resize: 'squeeze', cropFraction: 1 }, 100, 70],
    [{ resize: 'crop', cropFraction: 0.875 }, 130, 97],
    [{ resize: 'pad', cropFraction: 1 }, 61, 150],
    [{ resize: 'crop', cropFraction: 1 }, 20, 33],
  ] as const)('prepares an image as the run does: %o, %d×%d', async (options, width, height) => {
    const data = { ...trained.experiment.data, ...options };
    const model = await loadModel(
      await readerOf({ ...trained, experiment: { ...trained.experiment, data } }),
    );
    const colours = pixelsOf(1, 150);
    const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => colours[i]);
    const file = await sharp(rgba, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
    const expected = new Uint8Array(inputSize ** 2 * 3);
    await decodeFitted(file, fitOf(data), inputSize, expected);
    const pixels = model.pixelsOf({ width, height, data: rgba });
    expect(pixels.length).toBe(expected.length);
    // One level more for what is transparent.
    expect(Math.max(...pixels.map((value, i) => Math.abs(value - expected[i])))).toBeLessThanOrEqual(3);
  });

  it('names the most likely classes first, with probabilities', async () => {
    const model = await loadModel(await readerOf(trained));
    expect(model).toMatchObject({ name: 'trained', inputSize, classes: trained.classes });
    const image = { width: 9, height: 9, data: pixelsOf(1, 11) };
    const all = model.classify(image);
    const logits = model.logits(model.pixelsOf(image));
    expect(all).toHaveLength(trained.classes.length);
    expect(all[0].name).toBe(trained.classes[logits.indexOf(Math.max(...logits))]);
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
    expect(model.classify(image, 2)).toEqual(all.slice(0, 2));
  });

  it('is not written of a run whose outputs are not its classes', async () => {
    const other = { ...trained, classes: trained.classes.slice(1) };
    await expect(format.write(other)).rejects.toMatchObject({ code: 'E_EXPORT_PAGE', exitCode: 2 });
  });

  it('refuses weights that are cut short and images of another size', async () => {
    const cut = await readerOf(trained, { 'weights.bin': new Uint8Array(100) });
    await expect(loadModel(cut)).rejects.toThrow(/^weights\.bin has 100 bytes, and \d+ are expected$/);
    const model = await loadModel(await readerOf(trained));
    expect(() => model.logits(new Uint8Array(12))).toThrow(`12 values in the place of ${inputSize ** 2 * 3}`);
  });
});
