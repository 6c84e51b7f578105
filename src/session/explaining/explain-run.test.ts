import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { sceneThings } from '../../data/sets/scene-things.js';
import { openReference } from '../../engine/testing.js';
import { WRONG } from '../../tasks/segmentation/pictures.js';
import { ExitCode, type InvolveError } from '../../util/errors.js';
import { explainRun, type ExplainRequest } from './explain-run.js';
import { makeTrainedRun } from '../trained-run.testing.js';

const REMOVED = [4, 5, 6, 7, 8];
let folder: ConfigFolder;
let plain: ConfigFolder;
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  plain = await makeTrainedRun();
  folder = await makeTrainedRun({
    family: 'efficientnet',
    attention: { type: 'involution', groups: 2, followedBy: 'bn-swish' },
    removeStages: REMOVED,
  });
  vi.stubEnv('INVOLVE_CACHE_DIR', join(folder.path, 'cache'));
  for (const { path } of [plain, folder]) {
    const image = sharp({ create: { width: 20, height: 12, channels: 3, background: '#3a7' } });
    writeFileSync(join(path, '<b>&.png'), await image.png().toBuffer());
    writeFileSync(join(path, 'notes.png'), 'no image at all');
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  folder.remove();
  plain.remove();
  await openReference();
});

const explain = (images: readonly string[], changes: Partial<ExplainRequest> = {}, of = folder) =>
  explainRun('run', images, { cwd: of.path, layers: [], groups: 4, onNote: () => undefined, ...changes });

async function refusal(...given: Parameters<typeof explain>) {
  const error = (await explain(...given).then(
    () => expect.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )) as InvolveError;
  expect(error.exitCode).toBe(ExitCode.badInput);
  return error.problems;
}

describe('what a run sees in image files', () => {
  it('is a page, and the pictures on it as files', async () => {
    const { page, files, explanation } = await explain(['<b>&.png']);
    expect(page).toBe(join('run', 'explain', 'index.html'));
    expect(files.map((file) => file.replace(join('run', 'explain', '1-b-'), ''))).toEqual([
      join('run', 'explain', '1-b.png'),
      'grad-cam.png',
      'stage2-block1-involution-kernel-sums.png',
      'stage2-block1-involution-kernels.png',
      'stage3-block2-involution-kernel-sums.png',
      'stage3-block2-involution-kernels.png',
      join('run', 'explain', 'layers.csv'),
    ]);
    expect(readdirSync(join(folder.path, 'run', 'explain'))).toHaveLength(8);
    const html = readFileSync(join(folder.path, page), 'utf8');
    expect(html).toContain('&lt;b&gt;&amp;.png');
    expect(html).not.toContain('<b>');
    const [{ panels, prediction }] = explanation.images;
    expect(prediction).toHaveLength(3);
    // Three places and the mean of all, two groups each.
    expect(panels.map(({ tiles }) => tiles.length)).toEqual([1, 2, 8, 2, 8]);
    for (const file of files.filter((name) => name.endsWith('.png'))) {
      const { format, width } = await sharp(join(folder.path, file)).metadata();
      expect([format, width! > 100]).toEqual(['png', true]);
    }
    const csv = readFileSync(join(folder.path, 'run/explain/layers.csv'), 'utf8').split('\n');
    expect(csv[0]).toBe('layer,type,of,count,mean,deviation,zeros,largest,not_finite');
    expect(explanation.notes).toEqual([]);
  });

  it('is of the layers, places, groups and the class that are asked for', async () => {
    const { explanation } = await explain(['<b>&.png'], {
      layers: ['stage2', 'stage3/block1/involution'],
      points: [{ x: 15, y: 0 }],
      groups: 1,
      className: 'sea',
      out: 'elsewhere/deep',
    });
    const [{ panels }] = explanation.images;
    expect(panels.map(({ title }) => title)).toEqual([
      'Grad-CAM for sea',
      'stage2/block1/involution: what its kernels add up to',
      'stage2/block1/involution: its kernels',
      'stage3/block1/involution: what its kernels add up to',
      'stage3/block1/involution: its kernels',
    ]);
    // The layer that was named in full has a map of its own, beside the last one.
    expect(panels.map(({ tiles }) => tiles.length)).toEqual([2, 1, 2, 1, 2]);
    expect(panels[1]!.text).toContain('the first 1 of 2 groups');
    expect(panels[2]!.tiles[0]!.caption).toMatch(/^at 15,0, group 1: /);
    expect(readdirSync(join(folder.path, 'elsewhere', 'deep'))).toContain('index.html');
  });

  it('says so where no layer makes weights from the image', async () => {
    const { explanation } = await explain(['<b>&.png'], { className: '4' }, plain);
    expect(explanation.images[0]!.panels.map(({ title }) => title)).toEqual(['Grad-CAM for sea']);
    expect(explanation.notes).toEqual([
      'No layer of this network makes weights from the image, so there is Grad-CAM alone. Kernels are those of involution, san-patchwise; attention is that of involution, local-attention, local-relation, san-pairwise, axial-attention, global-attention; gates are those of se.',
    ]);
  });
});

it('without images it takes some of the test split, and its hardest', async () => {
  const { explanation, files } = await explain([], { out: 'test-split' }, plain);
  expect(explanation.images.map(({ name }) => name.replace(/\d+/, 'n'))).toEqual([
    'test image n, buildings',
    'test image n, forest',
    'test image n, glacier',
    'test image n, mountain',
  ]);
  const { hardest, text } = explanation.split!;
  expect(hardest.tiles).toHaveLength(8);
  expect(text).toMatch(/^20 images, [\d.]+ % of them taken for what they are/);
  const losses = hardest.tiles.map(({ caption }) => Number(caption.split('loss ')[1]));
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  expect(files).toContain(join('test-split', 'hardest.png'));
});

describe('a run that says a class of each pixel', () => {
  let masked: ConfigFolder;
  beforeAll(async () => {
    masked = await makeTrainedRun(
      {
        ...{ family: 'resnet', blocks: [1, 1, 1, 1], width: 8, stem: 'cifar' },
        spatial: { type: 'involution', groups: 2, kernelSize: 3 },
        decoder: { type: 'upernet', channels: 8 },
      },
      { name: 'scene-masks', inputSize: 16, scenes: { train: 24, test: 9 } },
      sceneThings,
    );
    writeFileSync(join(masked.path, 'one.png'), readFileSync(join(folder.path, '<b>&.png')));
  });
  afterAll(() => masked.remove());

  it('is explained by its mask, Grad-CAM over the pixels of a class, and its layers, of any image', async () => {
    const { explanation, files } = await explain(['one.png'], { groups: 1 }, masked);
    const [{ panels, prediction }] = explanation.images;
    expect(prediction[0]).toMatch(/^ *[\d.]+ % {2}\w/);
    expect(panels.slice(0, 3).map(({ stem }) => stem)).toEqual(['mask', 'classes', 'grad-cam']);
    expect(panels[0]!.tiles.map(({ caption }) => caption)).toEqual(['prediction']);
    const [said] = prediction[0]!.trim().split(/ {2}/).slice(1);
    expect(panels[2]!.title).toMatch(
      new RegExp(`^Grad-CAM for ${said}, over the \\d+ pixels? said to be it`),
    );
    expect(panels[2]!.tiles.map(({ caption }) => caption.split(':')[0])).toEqual([
      'head/fuse_bn, 16×16',
      'stage2/block1/relu, 8×8',
      'stage3/block1/relu, 4×4',
      'stage4/block1/relu, 2×2',
    ]);
    expect(panels.map(({ stem }) => stem)).toContain('stage2/block1/spatial-kernel-sums');
    expect(files).toContain(join('run', 'explain', '1-one-mask.png'));
    expect(explanation.split).toBeUndefined();
  });

  it('of a class that no pixel is said to be, over all of them', async () => {
    const { explanation } = await explain(['one.png'], {}, masked);
    const [, largest] = explanation.images[0]!.panels;
    const shown = largest!.tiles.map(({ caption }) => caption.split(':')[0]);
    expect(largest!.text).toContain(`${shown.length} of ${shown.length} class`);
    const other = sceneThings.find((name) => !shown.includes(name))!;
    const { explanation: again } = await explain(['one.png'], { className: other }, masked);
    const { title } = again.images[0]!.panels[2]!;
    expect(title).toBe(`Grad-CAM for ${other}, over all pixels, since none is said to be it`);
    expect(await refusal(['one.png'], { className: 'skies' }, masked)).toMatchObject([
      { what: 'the run knows no class skies', where: '--class' },
    ]);
  });

  it('without images: some of the split beside their truth, the hardest, and where classes are confused', async () => {
    const { explanation, files } = await explain([], {}, masked);
    expect(explanation.images.map(({ name }) => name)).toEqual([0, 1, 2, 3].map((i) => `test image ${i}`));
    for (const { panels } of explanation.images) {
      expect(panels[0]!.tiles.map(({ caption }) => caption.replace(/[\d.]+/, 'n'))).toEqual([
        'truth',
        'prediction',
        'wrong: n % of the pixels',
      ]);
    }
    const { hardest, confused, text } = explanation.split!;
    expect(text).toMatch(/^9 images, [\d.]+ % of their pixels/);
    expect(hardest.tiles).toHaveLength(8 * 4);
    const losses = hardest.tiles
      .filter((_, i) => i % 4 === 0)
      .map(({ caption }) => Number(caption.split('loss ')[1]));
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    const [first] = confused;
    expect(first!.title).toMatch(/^\w+ taken for \w+: [\d.]+ % of [\d,]+ pixels$/);
    // As many red pixels as the caption says.
    const { picture, caption } = first!.tiles[0]!;
    const red = Array.from({ length: 256 }, (_, p) => [...picture.pixels.subarray(3 * p, 3 * p + 3)]).filter(
      (rgb) => rgb.join() === WRONG.join(),
    );
    expect(caption).toMatch(new RegExp(`^\\d+: ${red.length} pixels?$`));
    expect(files).toContain(join('run', 'explain', 'hardest.png'));
  });
});

describe('what cannot be explained', () => {
  it('a place and a class that are not there, both at once', async () => {
    const points = [
      { x: 16, y: 3 },
      { x: 3, y: 3 },
    ];
    expect(await refusal(['<b>&.png'], { points, className: 'see' })).toEqual([
      {
        what: 'the point 16,3 is outside of the image, which the network sees as 16×16 pixels',
        where: '--at',
        try: 'x and y from 0 to 15',
      },
      { what: 'the run knows no class see', where: '--class', try: 'did you mean "sea"?' },
    ]);
    expect(await refusal(['<b>&.png'], { className: '6' })).toEqual([
      {
        what: 'the run knows no class 6',
        where: '--class',
        try: 'a name, or a number from 0 to 5: buildings, forest, glacier, mountain, sea, street',
      },
    ]);
  });

  it('a layer, an image', async () => {
    expect(await refusal(['<b>&.png'], { layers: ['stage22'] })).toEqual([
      { what: 'the network has no layer stage22', where: '--layers', try: 'did you mean "stage2"?' },
    ]);
    const [first, second] = await refusal(['notes.png', '<b>&.png', 'missing.png']);
    expect([first!.where, second!.where]).toEqual(['notes.png', 'missing.png']);
    expect(first!.what).toMatch(/^unusable image/);
  });

  it('into a place that is a file', async () => {
    writeFileSync(join(folder.path, 'taken'), 'a file');
    for (const [out, why] of [
      ['taken', 'there is a file of this name'],
      ['taken/pictures', 'a part of its path is a file'],
    ] as const) {
      expect(await refusal(['<b>&.png'], { out })).toEqual([
        {
          what: `no folder for the pictures: ${why}`,
          where: join(folder.path, out),
          try: '--out DIR, a folder of your own',
        },
      ]);
    }
    mkdirSync(join(folder.path, 'half', 'index.html'), { recursive: true });
    expect((await refusal(['<b>&.png'], { out: 'half' }))[0]!.what).toContain('index.html');
  });

  it('test images of data that has moved, and only then: a named image needs no data', async () => {
    const moved = await makeTrainedRun(undefined, { name: 'intel', dir: 'gone', inputSize: 16 });
    writeFileSync(join(moved.path, 'one.png'), readFileSync(join(folder.path, '<b>&.png')));
    await explain(['one.png'], {}, moved);
    const [problem] = await refusal([], {}, moved);
    expect(problem!.try).toBe('--data FOLDER, where it lies now');
    moved.remove();
  });

  it('a run without a checkpoint, and no run', async () => {
    const [problem] = await refusal(['<b>&.png'], { checkpoint: 'epoch-7' });
    expect(problem!.what).toBe('the run run has no checkpoint epoch-7');
    await expect(
      explainRun('notes.png', [], { cwd: folder.path, layers: [], groups: 1, onNote: () => undefined }),
    ).rejects.toMatchObject({ code: 'E_EXPLAIN_FILE', exitCode: ExitCode.badInput });
    await expect(
      explainRun('nothing', [], { cwd: folder.path, layers: [], groups: 1, onNote: () => undefined }),
    ).rejects.toMatchObject({ exitCode: ExitCode.badInput });
  });
});
