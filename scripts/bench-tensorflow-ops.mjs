// Times the kernels of the TensorFlow engine over the layer shapes of EfficientNet-B0 and exp3, and 3×3 convolutions of
// WRN-28-10 (--only → --batch 16) and other sizes: put together from TensorFlow's own operations, and as custom
// operations where there is a compiler. Milliseconds, the best of as many calls as fit into the time, operation by
// operation (not in a graph).
//
//   npm run build && node scripts/bench-tensorflow-ops.mjs [--only involution] [--batch 10] [--ms 200] [--threads 2]
import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import { useBackend } from '../dist/engine/current-backend.js';
import * as tf from '../dist/engine/tf-core.js';
import { TENSORFLOW_BACKEND } from '../dist/engine/tensorflow/node-kernels.js';
import { openTensorflow } from '../dist/engine/tensorflow/open.js';
import { findInstallation } from '../dist/engine/tensorflow/installation.js';
import { tensorflowKernels } from '../dist/engine/tensorflow/kernels/register.js';
import { buildCustomOps } from '../dist/engine/tensorflow/native/build.js';
import { loadCustomOps } from '../dist/engine/tensorflow/native/load.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    batch: { type: 'string', default: '10' },
    ms: { type: 'string', default: '200' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const B = Number(options.batch);
const threads = Number(options.threads);
const installation = findInstallation('cpu');
if (installation === null) throw new Error('no TensorFlow engine here: involve engine install cpu');
const { backend } = await openTensorflow({
  installation,
  threads,
  deterministic: true,
  customOps: false,
  useGpu: false,
  softPlacement: false,
  mixedPrecision: false,
  layoutOptimizer: true,
});
useBackend(TENSORFLOW_BACKEND);
const { path, note } = await buildCustomOps(installation);
const custom = path === null ? null : await loadCustomOps(backend.binding.eager.api, path);
custom?.setThreads(threads);
console.log(`${note}; ${threads} threads, batch ${B}`);
const variants = [new Set(), ...(custom === null ? [] : [custom.names])].map((customOps) =>
  tensorflowKernels({ onGpu: false, customOps }),
);

function tensor(shape) {
  const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
  for (let i = 0, s = 12345; i < values.length; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) | 0;
    values[i] = s / 4294967296;
  }
  return tf.tensor(values, shape);
}

function time(call) {
  let best = Infinity;
  for (let spent = 0, n = 0; n < 3 || spent < Number(options.ms); n++) {
    const begun = performance.now();
    call();
    const took = performance.now() - begun;
    spent += took;
    best = Math.min(best, took);
  }
  return best;
}

const totals = new Map();

/** `gflop` where the kernel multiplies; `times` is how often the network has this layer. */
function bench(label, name, shapes, attrs, { gflop, times = 1 } = {}) {
  if (!`${name} ${label}`.toLowerCase().includes(options.only.toLowerCase())) return;
  const inputs = Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, tensor(shape)]));
  const results = variants.map((kernels) =>
    time(() => tf.tidy(() => void kernels.get(name)({ inputs, backend, attrs }))),
  );
  Object.values(inputs).forEach((each) => each.dispose());
  const total = totals.get(name) ?? results.map(() => 0);
  totals.set(
    name,
    total.map((sum, i) => sum + times * results[i]),
  );
  const cells = results.map((ms) => {
    const rate = gflop === undefined ? '' : ` ${((1000 * gflop) / ms).toFixed(0).padStart(4)} GFLOP/s`;
    return `${ms.toFixed(2).padStart(8)} ms${rate}`;
  });
  console.log(`${name.padEnd(37)}${label.padEnd(24)}${cells.join('   ')}`);
}

function involution(h, c, times) {
  const [x, kernel] = [
    [B, h, h, c],
    [B, h, h, 4 * 49],
  ];
  const attrs = { kernelSize: 7, groups: 4, stride: 1, dilation: 1, inputShape: x };
  const work = { gflop: (2 * B * h * h * c * 49) / 1e9, times };
  bench(`${h}² ${c}`, 'Involution', { x, kernel }, attrs, work);
  bench(`${h}² ${c}`, 'InvolutionBackpropInput', { dy: x, kernel }, attrs, work);
  bench(`${h}² ${c}`, 'InvolutionBackpropKernel', { dy: x, x }, attrs, work);
}

function depthwise(h, c, k, stride, times) {
  const oh = Math.ceil(h / stride);
  const [x, dy, filter] = [
    [B, h, h, c],
    [B, oh, oh, c],
    [k, k, c, 1],
  ];
  const attrs = { strides: [stride, stride], pad: 'same', dilations: 1, inputShape: x, filterShape: filter };
  const label = `${h}² ${c} ${k}×${k}${stride > 1 ? ` /${stride}` : ''}`;
  const work = { gflop: (2 * B * oh * oh * c * k * k) / 1e9, times };
  bench(label, 'DepthwiseConv2dNative', { x, filter }, attrs, work);
  bench(label, 'DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs, work);
  bench(label, 'DepthwiseConv2dNativeBackpropFilter', { x, dy }, attrs, work);
}

function convolution(h, channels, outputs, times) {
  const [x, dy, filter] = [
    [B, h, h, channels],
    [B, h, h, outputs],
    [3, 3, channels, outputs],
  ];
  const attrs = { strides: [1, 1], pad: 'same', dilations: 1, inputShape: x, filterShape: filter };
  const label = `${h}² ${channels} → ${outputs}`;
  // As many as a direct convolution has.
  const work = { gflop: (2 * B * h * h * 9 * channels * outputs) / 1e9, times };
  bench(label, 'Conv2D', { x, filter }, attrs, work);
  bench(label, 'Conv2DBackpropInput', { dy, filter }, attrs, work);
  bench(label, 'Conv2DBackpropFilter', { x, dy }, attrs, work);
}

function batchNorm(h, c, activation, times) {
  const x = [B, h, h, c];
  const attrs = { epsilon: 1e-3, activation };
  const channel = { scale: [c], offset: [c] };
  const moments = { mean: [c], variance: [c] };
  bench(`${h}² ${c} ${activation}`, 'BatchNormTraining', { x, ...channel }, attrs, { times });
  bench(`${h}² ${c} ${activation}`, 'BatchNormTrainingGrad', { dy: x, x, ...channel, ...moments }, attrs, {
    times,
  });
}

function squeeze(h, c, times) {
  const x = [B, h, h, c];
  const scale = [B, c];
  bench(`${h}² ${c}`, 'GlobalAveragePool', { x }, {}, { times });
  bench(`${h}² ${c}`, 'ChannelScale', { x, scale }, {}, { times });
  bench(`${h}² ${c}`, 'ChannelScaleGrad', { dy: x, x, scale }, {}, { times });
}

// [height, channels, kernel, stride, how often] of B0's depthwise layers at 224².
const B0 = [
  [112, 32, 3, 1, 1],
  [112, 96, 3, 2, 1],
  [56, 144, 3, 1, 1],
  [56, 144, 5, 2, 1],
  [28, 240, 5, 1, 1],
  [28, 240, 3, 2, 1],
  [14, 480, 3, 1, 2],
  [14, 480, 5, 1, 1],
  [14, 672, 5, 1, 2],
  [14, 672, 5, 2, 1],
  [7, 1152, 5, 1, 3],
  [7, 1152, 3, 1, 1],
];
for (const [h, c, times] of [
  [112, 32, 1],
  [56, 96, 1],
  [56, 144, 1],
  [28, 144, 1],
  [28, 240, 1],
  [14, 240, 1],
  [14, 480, 3],
  [14, 672, 2],
]) {
  involution(h, c, times);
}
// WRN-28-10's, then some that no sum counts.
for (const layer of [
  [32, 16, 160, 1],
  [32, 160, 160, 7],
  [16, 320, 320, 7],
  [8, 640, 640, 7],
  [32, 16, 16, 0],
  [32, 32, 32, 0],
  [32, 64, 64, 0],
  [56, 64, 64, 0],
  [7, 512, 512, 0],
  [5, 128, 128, 0],
  [4, 512, 512, 0],
]) {
  convolution(...layer);
}
for (const layer of B0) depthwise(...layer);
for (const [h, c, , stride, times] of B0) {
  const out = Math.ceil(h / stride);
  if (c !== 32) batchNorm(h, c, 'swish', times);
  batchNorm(out, c, 'swish', times);
  squeeze(out, c, times);
}
batchNorm(112, 32, 'swish', 1);
batchNorm(7, 1280, 'swish', 1);
for (const [h, c, times] of [
  [112, 16, 1],
  [56, 24, 2],
  [28, 40, 2],
  [14, 80, 3],
  [14, 112, 3],
  [7, 192, 4],
  [7, 320, 1],
]) {
  batchNorm(h, c, 'none', times);
}
bench('56² 144', 'Swish', { x: [B, 56, 56, 144] }, {});
bench('56² 144', 'SwishGrad', { dy: [B, 56, 56, 144], x: [B, 56, 56, 144] }, {});
const parameters = [4_000_000];
bench(
  '4 M',
  'AdamUpdate',
  {
    parameter: parameters,
    gradient: parameters,
    firstMoment: parameters,
    secondMoment: parameters,
    learningRate: [],
    beta1Power: [],
    beta2Power: [],
  },
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
);
console.log('\nsums over the layers of the networks, ms: stock, custom');
for (const [name, sums] of totals) {
  console.log(`${name.padEnd(37)}${sums.map((ms) => ms.toFixed(1).padStart(9)).join(' ')}`);
}
process.exit(0);
