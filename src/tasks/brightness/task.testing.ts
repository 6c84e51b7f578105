import { reshape, square, sub } from '../../engine/tf.js';
import type { Tensor1D } from '../../engine/tf.js';
import { Dense } from '../../layers/dense.js';
import { GlobalAveragePooling } from '../../layers/pooling.js';
import type { Metric, TaskMetrics } from '../../metrics/metric.js';
import type { Examination, ImageBatch, Meter, StepResult, Task } from '../task.js';

/** Images and the mean of the pixels of each, 0…1. */
export interface MeasuredBatch extends ImageBatch {
  readonly brightness: Float32Array;
}

const loss: Metric = { name: 'loss', title: 'loss', unit: 'number', better: 'lower' };
const mae: Metric = { name: 'mae', title: 'mean absolute error', unit: 'number', better: 'lower' };
const metrics: TaskMetrics = { train: [loss, mae], validation: [loss, mae], primary: mae };

/** A task that no part of the program knows: says how bright an image is, by the squared error. */
export const brightness: Task<MeasuredBatch> = {
  name: 'brightness',
  metrics,
  head(net, { last }) {
    const pooled =
      last.shape.length === 4 ? net.add(new GlobalAveragePooling({ name: 'head/pool' }), last) : last;
    return net.add(new Dense({ name: 'head/brightness', units: 1 }), pooled);
  },
  target: { shape: [], dtype: 'float32' },
  prepare: ({ images, brightness }) => ({ images, targets: brightness }),
  losses: (outputs, targets) => square(sub(reshape(outputs, [-1]), targets)) as Tensor1D,
  training: errorMeter<StepResult>(({ outputs }) => outputs),
  validation: errorMeter<Float32Array>((outputs) => outputs),
  examine: worstOf,
  mean: (outputs) =>
    outputs[0].map((_, i) => outputs.reduce((sum, each) => sum + each[i], 0) / outputs.length),
  predictionColumns: ['brightness'],
  predict: ([value]) => ({
    record: { brightness: value },
    rows: [[value]],
    lines: [value.toFixed(3)],
  }),
};

// --- internal ---

/** Mean squared and mean absolute error. */
function errorMeter<R>(outputsOf: (result: R) => Float32Array): Meter<MeasuredBatch, R> {
  return {
    start: { images: 0, squares: 0, errors: 0 },
    add(sums, { brightness: targets, count }, result) {
      let { squares, errors } = sums;
      outputsOf(result).forEach((output, i) => {
        squares += (output - targets[i]) ** 2;
        errors += Math.abs(output - targets[i]);
      });
      return { images: sums.images + count, squares, errors };
    },
    values: ({ images, squares, errors }) => ({ loss: squares / images, mae: errors / images }),
  };
}

/** The greatest error of a split. */
function worstOf(): Examination<MeasuredBatch> {
  const errors: number[] = [];
  return {
    add({ brightness: targets }, outputs) {
      outputs.forEach((output, i) => errors.push(Math.abs(output - targets[i])));
    },
    report(values) {
      const worst = Math.max(...errors);
      return {
        record: { mae: values.mae, loss: values.loss, worst },
        files: [{ stem: 'errors', ending: 'csv', title: 'errors', text: `error\n${errors.join('\n')}\n` }],
        lines: [`mean absolute error ${values.mae.toFixed(4)}, at most ${worst.toFixed(4)}`],
      };
    },
  };
}
