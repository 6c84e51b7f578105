import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../../engine/testing.js';
import { tensor2d } from '../../engine/tf.js';
import type { MixingConfig } from '../../data/augment/mixing/options.js';
import { columnOf } from '../../metrics/metric.js';
import { BEST_COLUMNS, PRIMARY_COLUMN } from '../options.js';
import { refuseOtherTargets, taskOf, taskOfCount } from '../task-of.js';
import type { LabelledBatch } from './meters.js';
import { softLabels } from './target.js';

beforeAll(openReference);

const names = ['sea', 'forest', 'street'];
const task = taskOf({ classes: names }, { labelSmoothing: 0.3 });
const batch = (...labels: number[]): LabelledBatch => ({
  images: new Float32Array(labels.length),
  count: labels.length,
  labels: Int32Array.from(labels),
});
/** Probabilities ½, ¼, ¼ and ¼, ¼, ½. */
const logits = Float32Array.from([0.5, 0.25, 0.25, 0.25, 0.25, 0.5], Math.log);

describe('classification', () => {
  it('trains on soft labels, the images as they are', () => {
    const given = batch(2, 0);
    const { images, targets } = task.prepare(given, 1, { done: 0 });
    expect(images).toBe(given.images);
    expectClose(targets, [0.1, 0.1, 0.8, 0.8, 0.1, 0.1]);
    expect(task.target).toEqual({ shape: [3], dtype: 'float32' });
  });

  describe('where batches are mixed', () => {
    const way = { alpha: 1, probability: 1 };
    // Two images of 4×4: the first of zeros, the second of ones.
    const given: LabelledBatch = {
      images: Float32Array.from({ length: 2 * 48 }, (_, i) => (i < 48 ? 0 : 1)),
      count: 2,
      labels: Int32Array.of(2, 0),
    };
    const mixingTask = (mixing: MixingConfig) => taskOf({ classes: names }, { labelSmoothing: 0.3, mixing });
    const prepared = (mixing: MixingConfig) =>
      Array.from({ length: 50 }, (_, key) => mixingTask(mixing).prepare(given, key, { done: 0 }));

    it.each([
      ['mixup', { mixup: way, cutmix: null }],
      ['cutmix', { mixup: null, cutmix: way }],
    ])('the soft labels are mixed as the images are: %s', (kind, mixing) => {
      for (const { images, targets } of prepared(mixing)) {
        // The mean of the first image is what it has of the second; of the second, what it has left of itself.
        const other = images.subarray(0, 48).reduce((sum, value) => sum + value, 0) / 48;
        const own = images.subarray(48).reduce((sum, value) => sum + value, 0) / 48;
        expect(own).toBeCloseTo(1 - other, 5);
        const [zero, one] = [0.1, 0.8];
        const mixed = (a: number, b: number) => (1 - other) * a + other * b;
        expectClose(targets, [
          ...[mixed(zero, one), zero, mixed(one, zero)],
          ...[mixed(one, zero), zero, mixed(zero, one)],
        ]);
        if (kind === 'cutmix') expect([...images].every((value) => value === 0 || value === 1)).toBe(true);
      }
      expect(new Set(prepared(mixing).map(({ targets }) => targets[0])).size).toBeGreaterThan(2);
      expect([...given.images]).toEqual(Array.from({ length: 96 }, (_, i) => (i < 48 ? 0 : 1)));
    });

    it('a batch is the same for the same step, and as it was where none is to be mixed', () => {
      const mixing = { mixup: { alpha: 0.2, probability: 0.5 }, cutmix: { alpha: 1, probability: 0.25 } };
      expect(prepared(mixing)).toEqual(prepared(mixing));
      const untouched = prepared(mixing).filter(({ images }) => images === given.images);
      expect(untouched.length).toBeGreaterThan(2);
      expect(untouched.length).toBeLessThan(25);
      for (const { targets } of untouched) expectClose(targets, [0.1, 0.1, 0.8, 0.8, 0.1, 0.1]);
    });

    it('the class with the larger share is the right one while it trains', () => {
      const { training } = task;
      const losses = Float32Array.of(1, 1);
      const hits = (...targets: number[]): number =>
        training.add(training.start, batch(0, 1), {
          ...{ outputs: logits, losses },
          targets: Float32Array.from(targets),
        }).hits;
      // The outputs say class 0 and class 2, the labels 0 and 1.
      expect(hits(0.6, 0.4, 0, /**/ 0, 0.6, 0.4)).toBe(1);
      expect(hits(0.4, 0.6, 0, /**/ 0, 0.6, 0.4)).toBe(0);
      expect(hits(0.6, 0.4, 0, /**/ 0, 0.4, 0.6)).toBe(2);
      // Of equal shares the image's own counts.
      expect(hits(0.5, 0.5, 0, /**/ 0, 0.5, 0.5)).toBe(1);
    });

    it('there must be two classes', () => {
      const mixing = { mixup: way, cutmix: null };
      expect(() => taskOf({ classes: ['sea'] }, { labelSmoothing: 0, mixing })).toThrow(
        expect.objectContaining({
          code: 'E_AUGMENT_MIXING',
          exitCode: 2,
          problems: [
            {
              what: 'mixup mixes the classes of images, and the data has one class alone',
              where: 'augment.mixup',
              try: '--set augment.mixup=null, or data of two classes and more',
            },
          ],
        }),
      );
      expect(() => taskOf({ classes: ['sea'] }, { labelSmoothing: 0 })).not.toThrow();
    });
  });

  it('has the cross-entropy of each image as its loss', () => {
    const losses = task.losses(tensor2d(logits, [2, 3]), tensor2d([1, 0, 0, 0, 0.5, 0.5], [2, 3]));
    expectClose(valuesOf(losses), [Math.LN2, 1.5 * Math.LN2]);
  });

  it('sums losses and hits while it trains, under the keys that checkpoints have', () => {
    const { training } = task;
    expect(training.start).toEqual({ images: 0, loss: 0, hits: 0 });
    const losses = Float32Array.of(0.5, 1);
    const result = { outputs: logits, losses, targets: softLabels(Int32Array.of(0, 1), 3, 0.3) };
    const once = training.add(training.start, batch(0, 1), result);
    expect(once).toEqual({ images: 2, loss: 1.5, hits: 1 });
    const twice = training.add(once, batch(0, 2), {
      ...result,
      targets: softLabels(Int32Array.of(0, 2), 3, 0.3),
    });
    expect(twice).toEqual({ images: 4, loss: 3, hits: 3 });
    expect(Object.entries(training.values(twice))).toEqual([
      ['loss', 0.75],
      ['top1', 0.75],
    ]);
  });

  it('measures a split against the hard labels', () => {
    const { validation } = task;
    const sums = validation.add(validation.start, batch(0, 1), logits);
    const values = validation.values(sums);
    expect(Object.keys(values)).toEqual(['loss', 'top1', 'top5']);
    expect(values).toEqual({ loss: expect.closeTo(1.5 * Math.LN2, 6) as number, top1: 0.5, top5: 1 });
    // From nothing again: the sums are all that is remembered.
    expect(validation.add(validation.start, batch(0, 1), logits)).toEqual(sums);
  });

  it('measures what it declares', () => {
    const { metrics, training, validation } = task;
    const inOrder = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
    expect(inOrder(metrics.train)).toEqual(Object.keys(training.values(training.start)));
    expect(inOrder(metrics.validation)).toEqual(Object.keys(validation.values(validation.start)));
    expect(BEST_COLUMNS).toEqual(
      expect.arrayContaining(metrics.validation.map((metric) => columnOf('val', metric))),
    );
    expect(PRIMARY_COLUMN).toBe('val_top1');
  });

  it('says of a split how well each class is told, and which are taken for which', () => {
    const examination = task.examine();
    examination.add(batch(0, 1), logits);
    examination.add(batch(2, 2), logits);
    const { record, files, lines } = examination.report({ loss: 1.25, top1: 0.5, top5: 1 }, 'exp3, test');
    expect(Object.keys(record)).toEqual(['top1', 'top5', 'loss', 'macro', 'classes']);
    expect(record.classes).toEqual([
      { name: 'sea', images: 1, precision: 0.5, recall: 1, f1: 2 / 3 },
      { name: 'forest', images: 1, precision: 0, recall: 0, f1: 0 },
      { name: 'street', images: 2, precision: 0.5, recall: 0.5, f1: 0.5 },
    ]);
    const third = expect.closeTo(1 / 3, 12) as number;
    const f1 = expect.closeTo((2 / 3 + 0.5) / 3, 12) as number;
    expect(record.macro).toEqual({ precision: third, recall: 0.5, f1 });
    expect(record).toMatchObject({ top1: 0.5, top5: 1, loss: 1.25 });
    expect(files.map(({ stem, ending }) => `${stem}.${ending}`)).toEqual(['confusion.csv', 'confusion.svg']);
    const text = 'actual,sea,forest,street\nsea,1,0,0\nforest,0,0,1\nstreet,1,0,1\n';
    expect(files[0]).toMatchObject({ ending: 'csv', text });
    expect(JSON.stringify(files[1])).toContain('exp3, test');
    expect(lines).toEqual([
      'top-1 50.00 %, top-5 100.00 %, loss 1.2500',
      '',
      'class      images precision    recall        F1',
      'sea             1      50.0     100.0      66.7',
      'forest          1       0.0       0.0       0.0',
      'street          2      50.0      50.0      50.0',
      'mean                   33.3      50.0      38.9',
    ]);
  });

  it('predicts the most probable classes', () => {
    const { record, rows, lines } = task.predict(logits.subarray(3), 2);
    const half = expect.closeTo(0.5, 6) as number;
    const quarter = expect.closeTo(0.25, 6) as number;
    expect(record).toEqual({
      classes: [
        { name: 'street', probability: half },
        { name: 'sea', probability: quarter },
      ],
    });
    expect(rows).toEqual([
      [1, 'street', half],
      [2, 'sea', quarter],
    ]);
    expect(lines).toEqual([' 50.0 %  street', ' 25.0 %  sea']);
    expect(task.predict(logits.subarray(3), 9).rows).toHaveLength(3);
  });
});

describe('the task of data', () => {
  it('where only the number of classes is known has as many outputs', () => {
    expect(taskOfCount(7).target.shape).toEqual([7]);
  });

  it('is another one where the classes differ', () => {
    expect(() => refuseOtherTargets({ classes: names }, { classes: [...names] }, 'run')).not.toThrow();
    expect(() => refuseOtherTargets({ classes: names }, { classes: ['sea'] }, 'runs/a')).toThrow(
      'the classes of the data are not those of the run: sea; the run has sea, forest, street',
    );
  });
});
