import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeReport } from '../report.js';
import { RunsFolder } from '../report.testing.js';
import { drawFigure } from './draw-figure.js';
import { figuresOf } from './figures.js';

let runs: RunsFolder;
beforeAll(() => {
  runs = new RunsFolder();
});
afterAll(() => runs.remove());

/** The texts of a chart as it is drawn, and how many marks of each kind there are. */
async function drawn(dirs: readonly string[], id: string) {
  const figure = figuresOf(makeReport(await runs.readAll(dirs))).find((each) => each.id === id)!;
  const svg = await drawFigure(figure.spec);
  const marks: Record<string, number> = {};
  for (const [, kind] of svg.matchAll(/role="graphics-symbol" aria-roledescription="([^"]*)"/g))
    marks[kind!] = (marks[kind!] ?? 0) + 1;
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
  return { figure, marks, texts, svg };
}

describe('a chart of three configs', () => {
  let dirs: readonly string[];
  beforeAll(() => {
    const ofSeeds = (...last: readonly number[]) => last.map((accuracy) => [0.5, accuracy]);
    dirs = [
      ...runs.writeSeeds('base', ofSeeds(0.6, 0.58, 0.62)),
      ...runs.writeSeeds('good', ofSeeds(0.7, 0.7, 0.73), {
        ...{ parameters: 250_000, macs: 8_000_000, train: { batchSize: 8 } },
      }),
      ...runs.writeSeeds('alone', [[0.4, 0.5]], {
        ...{ parameters: 4_000_000, macs: 9_000_000, train: { batchSize: 4 } },
      }),
    ];
  });

  it('of differences has a line a config, an interval where there is one, and says which side is better', async () => {
    const { figure, marks, texts, svg } = await drawn(dirs, 'differences-to-base');
    // Beside the intervals the line of no difference.
    expect(marks).toMatchObject({ point: 2, 'rule mark': 1, 'rule mark container': 1, 'text mark': 2 });
    expect(texts).toEqual([
      ...['−10', '−5', '0', '+5', '+10', '+15', 'accuracy less that of base, points'],
      ...['good', 'alone', '+11.0 [+8.5, +13.5]', '−10.0'],
    ]);
    expect(figure.caption).toContain('to the right of 0.0 is better');
    expect(figure.isWide).toBe(true);
    // Points are filled in the colour of their verdict; the line of no difference is dashed.
    for (const colour of ['better', 'muted']) expect(svg).toContain(`fill="var(--${colour})"`);
    expect(svg.match(/stroke-dasharray="4,3"/g)).toHaveLength(1);
  });

  it('of what counts has a line a config with its band, over whole epochs', async () => {
    const { figure, marks, texts } = await drawn(dirs, 'curve-val-top1');
    expect(marks).toMatchObject({ 'area mark': 3, 'line mark': 3 });
    expect(marks).not.toHaveProperty('point');
    expect(texts).toEqual([
      ...['1', '2', 'epoch'],
      ...['40%', '45%', '50%', '55%', '60%', '65%', '70%', '75%'],
    ]);
    expect(figure.data).toMatchObject([
      ...[{ config: 'base', epoch: 1, seeds: 3, mean: 0.5, low: 0.5, high: 0.5 }, { epoch: 2 }],
      ...[{ config: 'good', epoch: 1 }, { epoch: 2 }],
      { config: 'alone', epoch: 1, seeds: 1, mean: 0.4, low: 0.4, high: 0.4 },
      { config: 'alone', epoch: 2, seeds: 1 },
    ]);
  });

  it('of a loss has its numbers on the axis', async () => {
    expect((await drawn(dirs, 'curve-val-loss')).texts).toEqual([
      ...['1', '2', 'epoch', '1.9', '1.92', '1.94', '1.96', '1.98', '2'],
    ]);
  });

  it.each([
    // Sixteen times the least: a logarithmic axis.
    ['parameters', ['500k', '1M', '2M', 'parameters']],
    ['macs', ['10M', '15M', '20M', 'multiply-adds of an image']],
    ['milliseconds', ['500', 'ms of an image, in a training step']],
  ])(
    'of what counts against %s names its points, with their deviation, and joins the front',
    async (cost, axis) => {
      const { marks, texts } = await drawn(dirs, `accuracy-${cost}`);
      // The one on the front is ringed.
      expect(marks).toMatchObject({ 'rule mark': 3, point: 4, 'line mark': 1, 'text mark': 3 });
      expect(texts).toEqual([...axis, '50%', '55%', '60%', '65%', '70%', 'base', 'good', 'alone']);
    },
  );
});

it('a curve of one epoch is a point', async () => {
  const { marks, texts } = await drawn([runs.write('one/seed-0')], 'curve-val-top1');
  expect(marks).toMatchObject({ 'line mark': 1, point: 1 });
  expect(texts).toEqual(['1', '2', 'epoch', '50%']);
});

it('seeds that ended earlier are missing from later epochs, and those that did not count are left out', async () => {
  const two = [
    runs.write('uneven/seed-0', { accuracies: [0.2, 0.4, 0.6], outcome: 'early-stop', train: { epochs: 3 } }),
    runs.write('uneven/seed-1', { accuracies: [0.4, null], outcome: 'early-stop', train: { epochs: 3 } }),
  ];
  const { figure } = await drawn(two, 'curve-val-top1');
  expect(figure.data.map((point) => Object.values(point).slice(1, 3))).toEqual([
    [1, 2],
    [2, 1],
    [3, 1],
  ]);
});

it('a deviation that would reach below zero ends a tenth of the mean above it, where the axis is logarithmic', async () => {
  const two = [
    runs.write('wide/seed-0', { accuracies: [0.1, 0.1], losses: [50, 0.1] }),
    runs.write('wide/seed-1', { accuracies: [0.1, 0.1], losses: [50, 1.9] }),
  ];
  const { figure } = await drawn(two, 'curve-val-loss');
  const { data } = figure.spec as { data: { values: { low: number }[] } };
  expect(data.values[1]!.low).toBeCloseTo(0.1, 12);
  expect((figure.data[1] as { low: number }).low).toBeLessThan(0);
});

describe('a chart of more configs than there is room for names', () => {
  const names = Array.from({ length: 25 }, (_, i) => `an-operator-with-a-long-name-${i}-of-twenty-five`);
  let dirs: readonly string[];
  beforeAll(() => {
    dirs = names.map((name, i) => runs.write(`${name}/seed-0`, { accuracies: [0.5 + i / 100] }));
  });

  it('has a point for each that no other has, by colour and shape, and says whose it is', async () => {
    const figure = figuresOf(makeReport(await runs.readAll(dirs))).find(({ id }) => id === 'accuracy-macs')!;
    const svg = await drawFigure(figure.spec, { standalone: { title: 'T' } });
    const legend = svg.slice(svg.indexOf('role-legend'));
    const symbols = [...legend.matchAll(/<path transform="[^"]*" d="([^"]*)" fill="(var[^"]*)"/g)];
    expect(symbols).toHaveLength(25);
    expect(new Set(symbols.map(([, outline, colour]) => `${outline} ${colour}`)).size).toBe(25);
    const points = [...svg.matchAll(/aria-roledescription="point"[^>]* d="([^"]*)" fill="(var[^"]*)"/g)];
    expect(new Set(points.map(([, outline, colour]) => `${outline} ${colour}`)).size).toBe(25);
    for (const name of names) expect(svg).toContain(`>${name}</text>`);
  });

  it('of differences has every name whole', async () => {
    const { texts } = await drawn(dirs, 'differences-to-base');
    expect(texts).toEqual(expect.arrayContaining(names.slice(1)));
  });
});
