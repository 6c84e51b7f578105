import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { openDataset } from '../../data/dataset.js';
import { dataConfig } from '../../data/sample-data.testing.js';
import { sceneThings } from '../../data/sets/scene-things.js';
import { labelColor } from '../../data/masks/palette.js';
import { evaluateRun } from '../evaluate-run.js';
import { makeTrainedRun } from '../trained-run.testing.js';
import { predictImages, type ImagePrediction } from './predict-images.js';

let masked: ConfigFolder;
let plain: ConfigFolder;
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  plain = await makeTrainedRun();
  masked = await makeTrainedRun(
    undefined,
    { name: 'scene-masks', inputSize: 16, scenes: { train: 24, test: 9 } },
    sceneThings,
  );
  vi.stubEnv('INVOLVE_CACHE_DIR', masked.path);
  for (const folder of [plain, masked]) {
    const background = { r: 200, g: 30, b: 90 };
    await sharp({ create: { width: 30, height: 20, channels: 3, background } })
      .png()
      .toFile(join(folder.path, 'photo.png'));
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const folder of [plain, masked]) folder.remove();
});

const predict = async (folder: ConfigFolder, kind: 'mask' | 'overlay', images = ['photo.png']) => {
  const predictions: ImagePrediction[] = [];
  await predictImages(['run'], images, {
    ...{ top: 3, cwd: folder.path, masks: { dir: 'out', kind } },
    onPredicted: (some) => void predictions.push(...some),
  });
  return predictions;
};

describe('predicted masks', () => {
  it('are written in the size of their images, labels in a palette', async () => {
    const [{ file, mask }] = await predict(masked, 'mask');
    expect(file).toBe(join('out', 'photo.png'));
    const png = decode(readFileSync(join(masked.path, file!)));
    expect([png.width, png.height, png.channels]).toEqual([30, 20, 1]);
    expect(png.palette!.slice(0, 3)).toEqual([0, 1, 2].map((label) => [...labelColor(label)]));
    // 16×16 squeezed of 30×20: the nearest pixel.
    png.data.forEach((label, p) => {
      const [x, y] = [p % 30, Math.floor(p / 30)];
      const seen = mask![Math.floor(((y + 0.5) * 16) / 20) * 16 + Math.floor(((x + 0.5) * 16) / 30)];
      expect(label).toBe(seen);
    });
  });

  it('are a folder of masks to learn from', async () => {
    const [{ file, mask }] = await predict(masked, 'mask');
    const dir = join(masked.path, 'labelled');
    for (const [split, names] of Object.entries({ train: ['a', 'b'], val: ['c'] })) {
      for (const [kind, from] of Object.entries({ images: 'photo.png', masks: file! })) {
        mkdirSync(join(dir, kind, split), { recursive: true });
        for (const name of names)
          copyFileSync(join(masked.path, from), join(dir, kind, split, `${name}.png`));
      }
    }
    writeFileSync(join(dir, 'classes.txt'), sceneThings.join('\n'));
    const config = dataConfig({ name: 'mask-folder', dir, inputSize: 16 });
    const dataset = await openDataset(config, { cacheDir: join(masked.path, 'cache') });
    expect(dataset.classes).toEqual(sceneThings);
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([1, 1, 1]);
    const labels = new Uint8Array(256);
    dataset.test.readMask!(0, labels, 0);
    expect(labels).toEqual(mask);
    await dataset.close();
  });

  it('are laid over their images, half and half', async () => {
    const [{ file }] = await predict(masked, 'overlay');
    const png = decode(readFileSync(join(masked.path, file!)));
    expect([png.width, png.height, png.channels]).toEqual([30, 20, 3]);
    const halves = sceneThings.map((_, c) => (200 + labelColor(c + 1)[0]) >> 1);
    for (let p = 0; p < 600; p++) expect(halves).toContain(png.data[3 * p]);
  });

  it('of one name are refused, and so are those of a classifier', async () => {
    await expect(predict(masked, 'mask', ['photo.png', 'photo.png'])).rejects.toMatchObject({
      code: 'E_PREDICT_MASKS',
      exitCode: 2,
    });
    await expect(predict(plain, 'mask')).rejects.toThrow('one class of each image');
  });
});

describe('a run on masks', () => {
  it('is evaluated with pictures', async () => {
    const run = { cwd: masked.path, onNote: () => undefined };
    const { pictures, evaluation, lines } = await evaluateRun('run', { ...run, split: 'test' });
    expect(pictures.map(({ path }) => path)).toEqual(
      ['pixel-confusion-test.svg', 'masks-test.png', 'worst-test.png'].map((name) => join('run', name)),
    );
    const { width, height } = await sharp(join(masked.path, pictures[1].path)).metadata();
    // Six rows of four panels of 16·8 pixels.
    expect([width, height]).toEqual([4 * 128 + 5 * 6, 6 * 134 + 6]);
    expect(evaluation).toMatchObject({ split: 'test', images: 9, sizeLimits: [0.01, 0.1] });
    expect(lines[0]).toMatch(/^mean IoU/);
  });
});
