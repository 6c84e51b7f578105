import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { makeTrainedRun, SCENES } from '../../session/trained-run.testing.js';
import type { CommandContext } from '../command.js';
import { evaluate } from './eval.js';
import { predict } from './predict.js';

let folder: ConfigFolder;
let printed: string[];
let noted: string[];
let context: CommandContext;
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  folder = await makeTrainedRun();
  vi.stubEnv('INVOLVE_CACHE_DIR', join(folder.path, 'cache'));
  for (const [name, background] of Object.entries({ red: '#f00', blue: '#00f' })) {
    const image = sharp({ create: { width: 16, height: 16, channels: 3, background } });
    await image.png().toFile(join(folder.path, `${name}.png`));
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});
beforeEach(() => {
  [printed, noted] = [[], []];
  const print = (line: string) => printed.push(line);
  const note = (line: string) => noted.push(line);
  context = { print, note, cwd: folder.path, interactive: false } as unknown as CommandContext;
});

interface Line {
  readonly image: string;
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

describe('involve predict', () => {
  const run = (flags: object) =>
    predict.run({ run: 'run', image: ['red.png', 'blue.png'] }, { top: 2, ...flags }, context);

  it('prints an object a line, rows of a table, or words, with the same numbers', async () => {
    expect(await run({ json: true })).toBe(0);
    const lines = printed.map((line) => JSON.parse(line) as Line);
    expect(lines.map(({ image, classes }) => [image, classes.length])).toEqual([
      ['red.png', 2],
      ['blue.png', 2],
    ]);
    const rows = lines.flatMap(({ image, classes }) =>
      classes.map(({ name, probability }, i) => [image, i + 1, name, probability].join()),
    );

    printed = [];
    expect(await run({ csv: true })).toBe(0);
    expect(printed).toEqual(['image,rank,class,probability', ...rows]);

    printed = [];
    expect(await run({})).toBe(0);
    expect(printed.map((line) => line.trim().split(' ').at(-1))).toEqual(
      lines.flatMap(({ image, classes }) => [image, ...classes.map(({ name }) => name)]),
    );
    expect(printed[1]).toMatch(/^ +[\d.]+ % {2}\w+$/);
  });
});

describe('involve eval', () => {
  const run = (flags: object) => evaluate.run({ run: 'run' }, { split: 'test', ...flags }, context);

  it('prints one object, or lines', async () => {
    expect(await run({ json: true })).toBe(0);
    expect(printed).toHaveLength(1);
    const { split, images, classes, macro } = JSON.parse(printed[0]) as Line & {
      readonly split: string;
      readonly images: number;
      readonly macro: object;
    };
    expect([split, images, classes.map(({ name }) => name)]).toEqual(['test', 20, SCENES]);
    expect(Object.keys(macro)).toEqual(['precision', 'recall', 'f1']);
    printed = [];
    expect(await run({ split: 'validation', data: 'elsewhere' })).toBe(0);
    expect(printed[0]).toBe('run, best checkpoint (epoch 1), 6 images of validation');
    expect(printed.at(-1)).toBe(`confusion matrix: ${join('run', 'confusion-validation.svg')}`);
    expect(noted).toEqual(['note: data.dir has no effect: scenes are drawn, not read']);
  });
});
