import { expect, it } from 'vitest';
import { drawFigure } from './draw-figure.js';
import { rangeTestSpec } from './range-test-figure.js';

/** A fall from 2 to 1, and an explosion. */
const losses = [2, 1.9, 1.6, 1.2, 1, 3, 50];
const points = losses.map((loss, i) => ({
  ...{ step: i + 1, learningRate: 10 ** (i - 5), loss: loss + 0.1, smoothedLoss: loss },
}));
interface Spec {
  readonly layer: readonly {
    readonly mark?: { readonly clip: boolean };
    readonly encoding?: {
      readonly y: { readonly field: string; readonly scale: { readonly domain: object } };
    };
    readonly layer?: readonly { readonly mark: { readonly text?: string; readonly align?: string } }[];
  }[];
}
const specOf = (suggested?: number): Spec =>
  rangeTestSpec(points, suggested === undefined ? undefined : points[suggested]) as Spec;

it('shows the fall, and cuts the explosion off', () => {
  const { layer } = specOf();
  expect(layer.map(({ encoding }) => encoding!.y.field)).toEqual(['loss', 'smoothedLoss']);
  for (const { mark, encoding } of layer) {
    expect(mark!.clip).toBe(true);
    // 0.4 of the fall beyond either end.
    expect(encoding!.y.scale.domain).toEqual([0.6, 2.4]);
  }
  const flat = rangeTestSpec(
    points.map((point) => ({ ...point, smoothedLoss: 0.5 })),
    undefined,
  ) as Spec;
  expect(flat.layer[0].encoding!.y.scale.domain).toEqual([0.45, 0.55]);
});

it('marks what is suggested, on the side where there is room', async () => {
  const mark = (suggested: number) => specOf(suggested).layer[2].layer![1].mark;
  expect(mark(2)).toMatchObject({ text: 'suggested: 0.0010', align: 'left', dx: 6 });
  expect(mark(3)).toMatchObject({ text: 'suggested: 0.010', align: 'left' });
  expect(mark(4)).toMatchObject({ text: 'suggested: 0.10', align: 'right', dx: -6 });
  const svg = await drawFigure(specOf(2), { standalone: { title: 'Range test' } });
  expect(svg).toContain('>suggested: 0.0010</text>');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});
