import { describe, expect, it } from 'vitest';
import { IGNORED } from '../../data/target.js';
import { partSizes } from './connected-parts.js';
import { trainingMeter, validationMeter } from './meters.js';
import { classNames, metricsOfClasses, objectSize } from './metrics.js';

const X = IGNORED;

/** Logits that say so of each pixel; −1 is no number. */
function logitsOf(said: readonly number[], classes: number): Float32Array {
  return Float32Array.from({ length: said.length * classes }, (_, i) => {
    const own = said[Math.floor(i / classes)];
    return own < 0 ? NaN : own === i % classes ? 4 : 0;
  });
}

describe('connected parts', () => {
  it('are pixels of one label joined by their sides, and what counts for nothing is in none', () => {
    const labels = [0, 0, 1, 1, 0, 1, 2, X, 0];
    expect([...partSizes(labels, 3)]).toEqual([3, 3, 2, 1, 3, 2, 1, 0, 1]);
    // Not across the border of the image.
    expect([...partSizes([0, 0, 1, 1, 0, 0], 3)]).toEqual([4, 4, 1, 1, 4, 4]);
  });

  it('are small, medium or large by their share of the image', () => {
    expect([0.0099, 0.01, 0.0999, 0.1].map(objectSize)).toEqual(['small', 'medium', 'medium', 'large']);
  });
});

describe('what is measured of masks', () => {
  // A 4×4 image: the left half is class 0, the right one class 1, and a pixel of it counts for nothing.
  const truth = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, X];
  const said = [0, 0, 1, 1, 0, 2, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2];
  const names = ['sky', 'sea', 'ship', 'moon'];
  const batch = { images: new Float32Array(48), count: 1, masks: Uint8Array.from(truth) };
  const meter = validationMeter(names);
  const values = meter.values(meter.add(meter.start, batch, logitsOf(said, 4)));

  it('is intersection over union, by hand', () => {
    // sky: 7 right, 8 true, 8 said; sea: 6 right, 7 true, 6 said; ship: none right, 1 said; moon: nowhere.
    expect(values.iouSky).toBeCloseTo(7 / 9, 12);
    expect(values.iouSea).toBeCloseTo(6 / 7, 12);
    expect(values.iouShip).toBe(0);
    expect(values.iouMoon).toBeNaN();
    expect(values.miou).toBeCloseTo((7 / 9 + 6 / 7 + 0) / 3, 12);
    expect(values.accuracy).toBeCloseTo(13 / 15, 12);
  });

  it('is by size of object too: wrong pixels count by the part of the prediction that they lie in', () => {
    // Both halves are large. The pixel that is wrongly sky joins the large sky; the ship is of medium size (1 of 16).
    expect(values.largeIou).toBeCloseTo((7 / 9 + 6 / 7) / 2, 12);
    expect(values.mediumIou).toBeNaN();
    expect(values.smallIou).toBeNaN();
  });

  it('tells small objects from large ones of the same class', () => {
    // 12×12: a single pixel of class 1 (0.7 %) is missed, a half of class 1 is found.
    const masks = Uint8Array.from({ length: 144 }, (_, p) => (p % 12 >= 6 || p === 0 ? 1 : 0));
    const found = Array.from(masks, (label, p) => (p === 0 ? 0 : label));
    const of = validationMeter(['a', 'b']);
    const result = of.values(
      of.add(of.start, { images: new Float32Array(432), count: 1, masks }, logitsOf(found, 2)),
    );
    expect([result.smallIou, result.largeIou]).toEqual([0, (71 / 72 + 1) / 2]);
  });

  it('has a loss over the pixels that count, weighted by their class', () => {
    const right = Math.log(Math.exp(4) + 3) - 4;
    const wrong = right + 4;
    expect(values.loss).toBeCloseTo((13 * right + 2 * wrong) / 15, 6);
    const weighted = validationMeter(names, [1, 0, 0, 0]);
    const { loss } = weighted.values(weighted.add(weighted.start, batch, logitsOf(said, 4)));
    expect(loss).toBeCloseTo((7 * right + wrong) / 8, 6);
    const nothing = { ...batch, masks: new Uint8Array(16).fill(X) };
    expect(meter.values(meter.add(meter.start, nothing, logitsOf(said, 4))).loss).toBe(0);
  });

  it('is the same for parts of a split, added key by key', () => {
    const one = meter.add(meter.start, batch, logitsOf(said, 4));
    const both = meter.add(
      one,
      batch,
      logitsOf(
        truth.map((t) => (t === X ? 0 : t)),
        4,
      ),
    );
    const other = meter.add(
      meter.start,
      batch,
      logitsOf(
        truth.map((t) => (t === X ? 0 : t)),
        4,
      ),
    );
    for (const key of Object.keys(both)) expect(both[key]).toBeCloseTo(one[key] + other[key], 9);
  });

  it('takes logits that are no numbers for no class', () => {
    const none = meter.values(
      meter.add(
        meter.start,
        batch,
        logitsOf(
          said.map(() => -1),
          4,
        ),
      ),
    );
    expect([none.miou, none.accuracy, none.loss]).toEqual([0, 0, NaN]);
  });

  it('is summed up over an epoch of training', () => {
    const training = trainingMeter(4);
    const result = {
      outputs: logitsOf(said, 4),
      losses: Float32Array.of(0.5),
      targets: Int32Array.from(truth),
    };
    const sums = training.add(training.add(training.start, { count: 1 }, result), { count: 1 }, result);
    expect(training.values(sums)).toEqual({ loss: 0.5, miou: values.miou, accuracy: values.accuracy });
    expect(JSON.parse(JSON.stringify(sums))).toEqual(sums);
  });
});

describe('metrics of the classes', () => {
  it('are named after them, or numbered where that does not tell them apart', () => {
    expect(classNames(['sky', 'traffic light', 'Sky', '空', '3', 'a-b', 'a b'])).toEqual([
      ...['iou0', 'iouTrafficLight', 'iou2', 'iou3', 'iou4', 'iou5', 'iou6'],
    ]);
  });

  it('have names and columns of their own', () => {
    const { train, validation, primary } = metricsOfClasses(['sky', 'sea']);
    const names = validation.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(validation).toContain(primary);
    expect(train.every(({ name }) => names.includes(name))).toBe(true);
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
  });
});
