import { beforeAll, expect, it } from 'vitest';
import { augment as schema } from '../data/augment/options.js';
import type { ImageSet } from '../data/cache/image-set.js';
import { openBatchStream } from '../data/stream/open-batch-stream.js';
import { openReference } from '../engine/testing.js';
import { classification } from '../tasks/classification/task.js';
import { bitsAt, makeKey } from '../util/random.js';
import type { TrainEvent } from './events.js';
import { bitsOf, CLASSES, lastState, rowsOf, runTiny, SIZE, type TinyRun } from './testing.js';

beforeAll(openReference);

/** All that there is, each on, and every other batch or so mixed in each way. */
const augment = schema.parse({
  shiftCrop: 2,
  paddingMode: 'symmetric',
  randomResizedCrop: {},
  rotation: { degrees: 30, interpolation: 'bilinear', fill: 90 },
  policy: { name: 'trivial-augment-wide' },
  colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  grayscale: 0.3,
  randomErasing: { value: 'random', scale: [0.1, 0.4] },
  normalize: 'cifar10',
  mixup: { alpha: 0.4, probability: 0.45 },
  cutmix: { probability: 0.45 },
});

/** Ten images of noise. */
const set: ImageSet = {
  split: 'train',
  count: 10,
  size: SIZE,
  labels: Uint16Array.from({ length: 10 }, (_, i) => i % CLASSES),
  read: (index, out, offset) => {
    const key = makeKey('noise', index);
    for (let i = 0; i < SIZE * SIZE * 3; i++) out[offset + i] = bitsAt(key, i) & 255;
  },
};

/** A stream and a task of its own for each part of the training, as after a restart. */
const run = (more: Omit<TinyRun, 'options'> = {}) =>
  runTiny({
    ...more,
    options: {
      train: openBatchStream(set, { batchSize: 4, seed: 5, augment, training: true }),
      task: classification(['red', 'green', 'blue'], { labelSmoothing: 0.1, mixing: augment }),
    },
  });

it('a run that was stopped after any step ends like one that was not, with every augmentation', async () => {
  const straight = await run();
  const bits = bitsOf(lastState(straight.events));
  for (let k = 1; k <= 11; k++) {
    const first = await run({
      onEvent: (event: TrainEvent, stop) => {
        if (event.type === 'step' && event.step === k) stop.abort();
      },
    });
    const second = await run({ resume: lastState(first.events), modelSeed: 99 });
    expect(bitsOf(lastState(second.events)), `stopped after step ${k}`).toEqual(bits);
    expect(rowsOf([...first.events, ...second.events])).toEqual(rowsOf(straight.events));
  }
});
