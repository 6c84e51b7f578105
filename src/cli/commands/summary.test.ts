import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIGS, Workspace } from '../command-line.testing.js';
import { data } from '../../data/options.js';
import { INPUT_SIZES } from '../config-flags.js';
import { refusalOf } from '../../util/refusal.testing.js';
import { summary as command } from './summary.js';

type Flags = Parameters<typeof command.run>[1];

let work: Workspace;
beforeAll(() => {
  work = new Workspace();
});
afterAll(() => work.remove());

async function summary(target: string, flags: Flags = {}): Promise<string[]> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  await command.run({ configRunOrSweep: target }, flags, {
    print,
    note: print,
    interactive: false,
    cwd: work.dir,
  });
  return lines;
}

async function refusal(target: string, flags: Flags) {
  const error = await summary(target, flags).catch((thrown: unknown) => thrown);
  return refusalOf(() => {
    throw error;
  });
}

describe('of several workers', () => {
  const config = join(CONFIGS, 'exp3.json');

  it('what they send in a step stands beneath, and with the time of a step what that becomes', async () => {
    // 1,486,370 parameters are 5.9 MB, and two workers send as much.
    const lines = await summary(config, { workers: 2 });
    expect(lines.at(-1)).toBe(
      'workers             2, each sends 5.9 MB a step: 48 ms at 1 Gbit/s, 4.8 ms at 10 Gbit/s, 0.5 ms at 100 Gbit/s',
    );
    expect((await summary(config, { workers: 2, stepMs: 600 })).at(-1)).toBe(
      'step of all         348 ms (1.73×) at 1 Gbit/s, 305 ms (1.97×) at 10 Gbit/s, 300 ms (2.00×) at 100 Gbit/s',
    );
    const [text] = await summary(config, { workers: 2, json: true });
    expect(JSON.parse(text)).toMatchObject({ exchange: { workers: 2, sentBytes: 4 * 1_486_370 } });
  });

  it('is of one config, and a time is of workers', async () => {
    expect(await refusal(config, { stepMs: 600 })).toMatchObject({
      exitCode: 2,
      problems: [{ where: '--step-ms' }],
    });
  });
});

describe('of a network with octave convolutions', () => {
  const config = join(CONFIGS, 'octconv/small-wrn-alpha-0.5.yaml');

  it('the counted share of the network at α = 0 stands beside what theory says of a layer', async () => {
    const [text] = await summary(config, { json: true });
    const { octave, macs, activationBytes } = JSON.parse(text) as Record<string, number> & { octave: object };
    const [plainText] = await summary(config, { json: true, set: ['model.alpha=0'] });
    const plain = JSON.parse(plainText) as Record<string, number>;
    expect(octave).toEqual({
      alpha: 0.5,
      macsPercent: (100 * macs) / plain.macs,
      activationPercent: (100 * activationBytes) / plain.activationBytes,
      theoryMacsPercent: 43.75,
      theoryMemoryPercent: 62.5,
    });
    expect(plain).not.toHaveProperty('octave');
    const line = (await summary(config)).find((each) => each.startsWith('octave, α = 0.5 '));
    expect(line).toMatch(/one layer by theory: 43\.8 %, 62\.5 %$/);
  });

  it('in the slot of a ResNet too; a depthwise one has a share of its own', async () => {
    const slot = (kind: string): string[] => [`model.spatial={ type: octconv, alpha: 0.25, kind: ${kind} }`];
    const resnet = join(CONFIGS, 'resnet/small-resnet-26.yaml');
    const shares = await Promise.all(
      ['full', 'depthwise'].map(async (kind) => {
        const [text] = await summary(resnet, { json: true, set: slot(kind) });
        return (JSON.parse(text) as { octave: { theoryMacsPercent: number | null; macsPercent: number } })
          .octave;
      }),
    );
    expect(shares.map(({ theoryMacsPercent }) => theoryMacsPercent)).toEqual([67.1875, null]);
    for (const { macsPercent } of shares) expect(macsPercent).toBeLessThan(100);
  });
});

describe('of a sweep', () => {
  const sweep = {
    name: 'slot',
    base: join(CONFIGS, 'resnet/small-resnet-26.yaml'),
    set: { 'model.width': 8 },
    list: [
      { name: 'conv', set: { 'model.spatial': { type: 'conv' } } },
      { name: 'involution', set: { 'model.spatial': { type: 'involution', groups: { channels: 4 } } } },
    ],
    seeds: [0, 1],
  };

  it('has a line a variant, in per cent of the first, whatever the seeds', async () => {
    const file = work.write('slot.json', sweep);
    const [text] = await summary(file, { json: true });
    const { sweep: name, jobs } = JSON.parse(text) as { sweep: string; jobs: Record<string, unknown>[] };
    expect(name).toBe('slot');
    expect(jobs.map((job) => job.name)).toEqual(['conv', 'involution']);
    for (const { name: job, ...cost } of jobs) {
      const [alone] = await summary(sweep.base, {
        json: true,
        set: [
          'model.width=8',
          `model.spatial=${JSON.stringify(sweep.list.find((each) => each.name === job)!.set['model.spatial'])}`,
        ],
      });
      const { params, macs, macsElementwise, activationBytes, trainingMemoryBytes } = JSON.parse(
        alone,
      ) as typeof cost;
      expect(cost).toMatchObject({ params, macs, macsElementwise, activationBytes, trainingMemoryBytes });
    }
    const lines = await summary(file);
    expect(lines).toHaveLength(7);
    expect(lines[6]).toMatch(/^training memory: predicted for (wasm|tensorflow)$/);
    expect(lines[3]).toMatch(/^conv +[\d,]+ +100\.0 %/);
    expect(lines[4]).toMatch(/^involution +[\d,]+ +\d+\.\d %/);
  });

  it('names the job whose network cannot be built, and has no schedule', async () => {
    const bad = { name: 'bad', set: { 'model.spatial': { type: 'local-attention', heads: 3 } } };
    const file = work.write('bad.json', { ...sweep, list: [...sweep.list, bad] });
    expect(await refusal(file, {})).toMatchObject({
      exitCode: 2,
      problems: [
        { what: 'job bad: layer stage1/block1/spatial: heads must divide the channels: 3 heads, 8 channels' },
      ],
    });
    expect(await refusal(file, { schedule: true })).toMatchObject({
      exitCode: 2,
      problems: [{ what: '--schedule is of one config, and this is a sweep' }],
    });
  });
});

describe('of images that are not square', () => {
  const config = join(CONFIGS, 'segmentation/rednet50-fpn-involution.yaml');

  // Involution's repository has 16.4 M parameters at 19 classes; its multiply-adds are those of four times the pixels.
  it('counts a segmentation at 512×1024, and predicts no memory', async () => {
    const [text] = await summary(config, { input: [512, 1024], classes: 19, json: true });
    const cost = JSON.parse(text) as Record<string, unknown> & { params: { trainable: number } };
    expect(cost.params.trainable).toBe(16_372_737);
    expect(cost).toMatchObject({ input: [512, 1024, 3], trainingMemoryBytes: null });
    expect(cost.trainingMemoryUnknown).toBe('training takes square images');
  });

  it('takes two numbers, or one', () => {
    const { parse } = command.flags.input;
    expect(['512x1024', '64', '64x64'].map((text) => parse(text, '--input', undefined))).toEqual([
      [512, 1024],
      64,
      64,
    ]);
    for (const text of ['512x', 'x512', '7', '512x5000', '1x2x3']) {
      const refused = refusalOf(() => parse(text, '--input', undefined));
      expect(refused.problems[0].what).toBe(
        `--input expects a whole number from 8 to 4096, or two such as 512x1024, received "${text}"`,
      );
    }
  });

  it('larger than any that is trained on are counted, up to the limit that the flag tells', async () => {
    const { minValue, maxValue } = data.shape.inputSize;
    expect([minValue, maxValue]).toEqual([INPUT_SIZES.from, INPUT_SIZES.to]);
    const { parse } = command.flags.input;
    expect(parse('2048', '--input', undefined)).toBe(2048);
    expect(parse('4096x4096', '--input', undefined)).toBe(4096);
    for (const size of [1025, 4096]) {
      const [text] = await summary(join(CONFIGS, 'exp0.json'), { input: size, classes: 6, json: true });
      expect(JSON.parse(text)).toMatchObject({
        input: [size, size, 3],
        trainingMemoryBytes: null,
        trainingMemoryUnknown: 'training takes images of up to 1024×1024',
      });
    }
  });

  it('of a sweep is one number that a config can have', async () => {
    const file = join(CONFIGS, 'sweeps/octconv-small.yaml');
    expect(await refusal(file, { input: 2048 })).toMatchObject({
      exitCode: 2,
      problems: [{ what: '--input of more than 1024 is of one config, and this is a sweep' }],
    });
    expect(await refusal(file, { input: [32, 64] })).toMatchObject({
      exitCode: 2,
      problems: [{ what: '--input of a height and a width is of one config, and this is a sweep' }],
    });
  });
});

it('where another size would do, says which is the next', async () => {
  const inception = join(CONFIGS, 'inception/inception-v3.yaml');
  expect(await refusal(inception, { input: 64 })).toMatchObject({
    exitCode: 2,
    problems: [
      {
        what: 'layer mixed8/branch1/conv2: a window of 3×3 does not fit into 2×2',
        try: 'a larger data.inputSize; the next data.inputSize that fits is 75',
      },
    ],
  });
  expect((await summary(inception, { input: 75 }))[0]).toContain('input 75×75×3, 1000 classes');
});
