// Computes our side of `npm run parity`: layers, networks, optimizers and schedules on numbers that anyone can make, into a
// folder that theirs.py reads: values.safetensors, and cases.json that says what they are of.
//
//   node scripts/parity/ours.mjs FOLDER [--engine wasm]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine } from '../../dist/engine/engine.js';
import { scalar, tensor, variable } from '../../dist/engine/tf.js';
import { BatchNorm } from '../../dist/layers/batch-norm.js';
import { Blueprint } from '../../dist/layers/blueprint.js';
import { Convolution } from '../../dist/layers/convolution.js';
import { DepthwiseConvolution } from '../../dist/layers/depthwise-convolution.js';
import { MaxPooling } from '../../dist/layers/max-pooling.js';
import { roleOf } from '../../dist/layers/weights.js';
import { model as modelOptions } from '../../dist/models/options.js';
import { octaveOnTensor } from '../../dist/operators/octconv/octave.js';
import { octconv } from '../../dist/operators/octconv/options.js';
import { writeSafetensors } from '../../dist/runs/safetensors.js';
import { designFor } from '../../dist/tasks/design.js';
import { taskOfCount } from '../../dist/tasks/task-of.js';
import { train as trainOptions } from '../../dist/train/options.js';
import { createOptimizer } from '../../dist/train/optimizer.js';
import { scheduleCurve } from '../../dist/train/schedule-curve.js';
import { nextPlateau } from '../../dist/train/schedules/plateau.js';
import { PLATEAU_START } from '../../dist/train/schedules/plateau-state.js';
import { RandomStream } from '../../dist/util/random.js';
import { LOSSES, NETWORKS, OPTIMIZERS, PLATEAUS, SCHEDULES } from './cases.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', default: 'wasm' } },
});
const [folder] = positionals;
const engine = await openEngine({ name: values.engine, device: 'cpu' });
const tensors = new Map();
const cases = [];

function uniform(shape, low, high, ...key) {
  const stream = new RandomStream('parity', ...key);
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, () => stream.between(low, high));
}

function keep(name, shape, data) {
  tensors.set(name, { dtype: 'F32', shape, data: Float32Array.from(data) });
}

/** Kernels start as they do here; what starts at 0 or 1 is moved, or nothing would be told of it. */
const STARTS = { bias: [-0.1, 0.1], norm: [0.8, 1.2], statistic: [0.5, 1.5], position: [-0.5, 0.5] };

function compute(id, net, shape, inTraining) {
  const model = net.build(0, id.replace(/\W/g, '_'));
  for (const weight of model.weights) {
    const value = weight.read();
    const range = STARTS[roleOf(weight)];
    if (range)
      value.assign(tensor(uniform(value.shape, ...range, id, weight.originalName), [...value.shape]));
    keep(`${id}/${weight.originalName}`, [...value.shape], value.dataSync());
  }
  const x = uniform(shape, -1, 1, id, 'x');
  keep(`${id}/x`, shape, x);
  const y = model.apply(tensor(x, shape), { training: inTraining });
  keep(`${id}/y`, [...y.shape], y.dataSync());
}

function layer(id, title, about, shape, add, inTraining = false) {
  const net = new Blueprint(shape.slice(1));
  add(net);
  compute(id, net, shape, inTraining);
  cases.push({ kind: 'layer', id, title, ...about });
}

engine.use();

// --- layers ---
for (const stride of [1, 2])
  layer(`convolution-${stride}`, `convolution 3×3, stride ${stride}`, { stride }, [2, 9, 11, 6], (net) =>
    net.add(
      new Convolution({
        name: 'layer',
        filters: 5,
        kernelSize: 3,
        stride,
        padding: 'symmetric',
        useBias: true,
      }),
      net.input,
    ),
  );
layer('depthwise', 'depthwise convolution 5×5', {}, [2, 9, 8, 6], (net) =>
  net.add(new DepthwiseConvolution({ name: 'layer', kernelSize: 5 }), net.input),
);
layer('max-pooling', 'max pooling 3×3, stride 2', {}, [2, 9, 8, 6], (net) =>
  net.add(new MaxPooling({ name: 'layer', size: 3, stride: 2, padding: 'symmetric' }), net.input),
);
for (const inTraining of [false, true])
  layer(
    inTraining ? 'batch-norm-training' : 'batch-norm',
    `batch norm, ${inTraining ? 'in training' : 'moving statistics'}`,
    { inTraining },
    [4, 5, 6, 7],
    (net) =>
      net.add(new BatchNorm({ name: 'layer', momentum: 0.9, epsilon: 1e-5, activation: 'none' }), net.input),
    inTraining,
  );
for (const [lowToHigh, alpha, stride] of [
  ['unpooled', 0.5, 1],
  ['unpooled', 0.5, 2],
  ['unpooled', 0.25, 2],
  ['pooled', 0.5, 2],
]) {
  const id = `octconv-${lowToHigh}-${alpha}-${stride}`;
  const title = `octave convolution, α ${alpha}, stride ${stride}${stride === 2 ? `, ${lowToHigh}` : ''}`;
  layer(id, title, { alpha, stride, lowToHigh }, [2, 8, 12, 8], (net) =>
    octaveOnTensor(net, net.input, octconv.parse({ type: 'octconv', alpha, lowToHigh }), {
      name: 'layer',
      stride,
    }),
  );
}

// --- networks ---
for (const { id, title, model, size, classes, target } of NETWORKS) {
  const net = designFor(taskOfCount(classes, { target }), modelOptions.parse(model), size);
  compute(id, net, [2, size, size, 3], false);
  cases.push({ kind: 'network', id, title, classes });
}

// --- optimizers ---
const [SHAPE, STEPS] = [[4, 3], 20];
for (const { id, title, config } of OPTIMIZERS) {
  const { optimizer: options } = trainOptions.parse({ epochs: 1, optimizer: config });
  const parameter = {
    ...{ name: 'layer/kernel', role: 'kernel', outputAxes: 1, isOuter: false },
    variable: variable(tensor(uniform(SHAPE, -1, 1, id, 'start'), SHAPE)),
  };
  keep(`${id}/start`, SHAPE, parameter.variable.dataSync());
  const optimizer = createOptimizer(options, [parameter]);
  for (let step = 0; step < STEPS; step++) {
    const gradient = uniform(SHAPE, -1, 1, id, 'gradient', step);
    keep(`${id}/gradient/${step}`, SHAPE, gradient);
    optimizer.apply(new Map([[parameter.name, tensor(gradient, SHAPE)]]), scalar(options.learningRate));
    keep(`${id}/parameter/${step}`, SHAPE, parameter.variable.dataSync());
  }
  cases.push({ kind: 'optimizer', id, title, steps: STEPS, config: options });
}

// --- schedules ---
const [EPOCHS, STEPS_PER_EPOCH] = [10, 7];
for (const { id, title, schedule } of SCHEDULES) {
  const config = trainOptions.parse({
    epochs: EPOCHS,
    schedule,
    optimizer: { name: 'sgd', learningRate: 0.5 },
  });
  const { rate } = scheduleCurve(config, STEPS_PER_EPOCH);
  const rates = Array.from({ length: EPOCHS * STEPS_PER_EPOCH }, (_, step) => rate(step));
  cases.push({ kind: 'schedule', id, title, rates, epochs: EPOCHS, stepsPerEpoch: STEPS_PER_EPOCH });
}
for (const { id, title, options } of PLATEAUS) {
  const { schedule } = trainOptions.parse({ epochs: 1, schedule: { name: 'plateau', ...options } });
  let state = PLATEAU_START;
  const rates = LOSSES.map((loss) => {
    state = nextPlateau({ ...schedule, maxReductions: LOSSES.length }, state, loss);
    return 0.5 * schedule.factor ** state.reductions;
  });
  cases.push({ kind: 'plateau', id, title, rates, losses: LOSSES, options: schedule });
}

await writeSafetensors(join(folder, 'values.safetensors'), { tensors, metadata: {} });
writeFileSync(join(folder, 'cases.json'), JSON.stringify({ engine: engine.description, cases }));
process.exit(0);
