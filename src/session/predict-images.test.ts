import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../config/testing.js';
import { predictImages } from './predict-images.js';
import { makeTrainedRun, SCENES } from './trained-run.testing.js';

let folder: ConfigFolder;
const files = Array.from({ length: 19 }, (_, i) => `${i}.png`);
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  folder = await makeTrainedRun();
  vi.stubEnv('INVOLVE_CACHE_DIR', folder.path);
  for (const [i, file] of files.entries()) {
    const background = { r: 13 * i, g: (97 * i) % 256, b: 255 - 11 * i };
    await sharp({ create: { width: 20, height: 16, channels: 3, background } })
      .png()
      .toFile(join(folder.path, file));
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

interface Classes {
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}
const predict = async (images: readonly string[], top = 6) => {
  const { predictions, columns } = await predictImages('run', images, { top, cwd: folder.path });
  const records = predictions.map(({ image, record }) => ({ image, ...(record as unknown as Classes) }));
  return { records, columns, predictions };
};

describe('predictImages', () => {
  it('predicts of more images than go through the model at once what it predicts of each', async () => {
    const { records: all } = await predict(files);
    expect(all.map(({ image }) => image)).toEqual(files);
    for (const which of [0, 15, 16, 18]) {
      const [{ classes }] = (await predict([files[which]])).records;
      expect(all[which].classes.map(({ name }) => name)).toEqual(classes.map(({ name }) => name));
      all[which].classes.forEach(({ probability }, i) =>
        expect(probability, files[which]).toBeCloseTo(classes[i].probability, 6),
      );
    }
    // The images are told apart, so one in the place of another would show.
    expect(new Set(all.map(({ classes }) => JSON.stringify(classes))).size).toBe(files.length);
  });

  it('says of an image its classes, the most probable first', async () => {
    const { records, columns, predictions } = await predict(files.slice(0, 1), 2);
    const [{ classes }] = records;
    expect(classes).toHaveLength(2);
    expect(classes[0].probability).toBeGreaterThanOrEqual(classes[1].probability);
    for (const { name } of classes) expect(SCENES).toContain(name);
    expect(columns).toEqual(['rank', 'class', 'probability']);
    expect(predictions[0].rows).toEqual(
      classes.map(({ name, probability }, i) => [i + 1, name, probability]),
    );
  });

  it('names every file that is no image, before the model runs', async () => {
    folder.write('text.jpg', 'not a picture');
    await expect(predict(['0.png', 'text.jpg', 'absent.png'])).rejects.toMatchObject({
      ...{ code: 'E_BAD_IMAGE', exitCode: 2 },
      problems: [{ where: 'text.jpg' }, { where: 'absent.png' }],
    });
  });
});
