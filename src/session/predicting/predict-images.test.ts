import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { listImages } from './listed-images.js';
import { predictImages, type ImagePrediction } from './predict-images.js';
import { makeTrainedRun, SCENES } from '../trained-run.testing.js';
import type { Views } from './views.js';

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
const predict = async (
  images: readonly string[],
  top = 6,
  { runs = ['run'], views }: { readonly runs?: readonly string[]; readonly views?: Views } = {},
) => {
  const predictions: ImagePrediction[] = [];
  let columns: readonly string[] = [];
  const problems = await predictImages(runs, images, {
    ...{ top, cwd: folder.path, views },
    onPredicted(some, of) {
      predictions.push(...some);
      columns = of;
    },
  });
  const records = predictions.map(({ image, record }) => ({ image, ...(record as unknown as Classes) }));
  return { records, columns, predictions, problems };
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

  it('goes on over files that are no images, and names each', async () => {
    folder.write('text.jpg', 'not a picture');
    const named = ['text.jpg', ...files, 'absent.png'];
    const { records, problems } = await predict(named);
    expect(problems.map(({ where }) => where)).toEqual(['text.jpg', 'absent.png']);
    expect(records.map(({ image }) => image)).toEqual(files);
    const [one] = (await predict([files[7]])).records;
    expect(records[7].classes[0].name).toBe(one.classes[0].name);
    expect(records[7].classes[0].probability).toBeCloseTo(one.classes[0].probability, 6);
    const none = await predict(['text.jpg']);
    expect([none.records, none.problems.length]).toEqual([[], 1]);
  });

  it('of a mirror image says the same when it is asked about both', async () => {
    const pixels = Uint8Array.from({ length: 20 * 16 * 3 }, (_, i) => (i * 37 + (i % 60) * 3) % 256);
    const picture = sharp(pixels, { raw: { width: 20, height: 16, channels: 3 } });
    await picture.clone().png().toFile(join(folder.path, 'left.png'));
    await picture.clone().flop().png().toFile(join(folder.path, 'right.png'));
    const probabilities = async (file: string, flips: boolean) => {
      const [{ classes }] = (await predict([file], 6, { views: { flips, shift: 0 } })).records;
      return SCENES.map((scene) => classes.find(({ name }) => name === scene)!.probability);
    };
    const [left, right] = [await probabilities('left.png', false), await probabilities('right.png', false)];
    const [both, again] = [await probabilities('left.png', true), await probabilities('right.png', true)];
    expect(Math.max(...left.map((p, c) => Math.abs(p - right[c])))).toBeGreaterThan(1e-6);
    both.forEach((p, c) => {
      expect(p).toBeCloseTo((left[c] + right[c]) / 2, 6);
      expect(again[c]).toBeCloseTo(p, 6);
    });
  });

  it('a run together with itself says what it says alone, and runs of other classes are refused', async () => {
    const alone = await predict(files);
    const twice = await predict(files, 6, { runs: ['run', 'run'] });
    twice.records.forEach(({ classes }, i) =>
      classes.forEach(({ probability }, c) =>
        expect(probability).toBeCloseTo(alone.records[i].classes[c].probability, 6),
      ),
    );
    cpSync(join(folder.path, 'run'), join(folder.path, 'other'), { recursive: true });
    const environment = join(folder.path, 'other/environment.json');
    writeFileSync(environment, readFileSync(environment, 'utf8').replace(SCENES[0], 'elsewhere'));
    await expect(predict(files, 6, { runs: ['run', 'other'] })).rejects.toMatchObject({
      code: 'E_PREDICT_CLASSES',
      exitCode: 2,
    });
  });
});

describe('listImages', () => {
  const list = (...named: string[]) => listImages(named, folder.path);

  it('takes folders and patterns apart, files as they are', async () => {
    mkdirSync(join(folder.path, 'shots/deep'), { recursive: true });
    for (const file of ['b.PNG', 'a.jpg', 'deep/c.webp', '.hidden.png', 'notes.txt'])
      writeFileSync(join(folder.path, 'shots', file), '');
    const shots = (...names: string[]) => names.map((name) => join('shots', name));
    expect(await list('shots')).toEqual({ images: shots('a.jpg', 'b.PNG', 'deep/c.webp'), problems: [] });
    expect((await list('shots/*')).images).toEqual(shots('a.jpg', 'b.PNG'));
    expect((await list('shots/**/*.?*p')).images).toEqual(shots('deep/c.webp'));
    expect((await list('*.png')).images).toHaveLength(
      readdirSync(folder.path).filter((name) => name.endsWith('.png')).length,
    );
    expect((await list(join(folder.path, 'shots/a.*'))).images).toEqual([join(folder.path, 'shots/a.jpg')]);
    expect(await list('absent.png', '0.png')).toEqual({ images: ['absent.png', '0.png'], problems: [] });
  });

  it('says where there is none', async () => {
    mkdirSync(join(folder.path, 'empty'));
    expect(await list('empty', 'shots/*.tiff', 'nowhere/*.png')).toEqual({
      images: [],
      problems: [
        { what: 'there is no image in the folder', where: 'empty' },
        { what: 'no image fits the pattern', where: 'shots/*.tiff' },
        { what: 'no image fits the pattern', where: 'nowhere/*.png' },
      ],
    });
  });
});
