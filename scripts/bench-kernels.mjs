// Times the kernels of the wasm engine over the layer shapes of EfficientNet-B0 and of the involution
// networks: GFLOP/s of the multiplying ones, GB/s of the others (values read and written once).
//
//   npm run build && npm run bench:kernels -- [--threads 1,2] [--only involution] [--batch 10] [--ms 150] [--cpu]
//
// --cpu counts processor time instead of time on the clock: for one thread on a machine that others use.
import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import { getKernel } from '../dist/engine/tf-core.js';
import { registerReferenceKernels } from '../dist/engine/reference/register.js';
import { WASM_BACKEND, registerWasmBackend } from '../dist/engine/wasm/register.js';

const { values: options } = parseArgs({
  options: {
    threads: { type: 'string', default: [...new Set([1, availableParallelism()])].join() },
    only: { type: 'string', default: '' },
    batch: { type: 'string', default: '10' },
    ms: { type: 'string', default: '150' },
    cpu: { type: 'boolean', default: false },
  },
});
const threadCounts = options.threads.split(',').map(Number);
const B = Number(options.batch);

registerReferenceKernels();
const backend = registerWasmBackend({ threads: Math.max(...threadCounts) });

function tensor(shape) {
  const info = backend.output(shape);
  const { values } = backend.data.get(info.dataId);
  for (let i = 0, s = 12345; i < values.length; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) | 0;
    values[i] = s / 4294967296;
  }
  return info;
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const now = () => (options.cpu ? cpuMs() : performance.now());

/** Milliseconds of one call: the best of as many as fit into the time. */
function time(call) {
  let best = Infinity;
  for (let spent = 0, n = 0; n < 3 || spent < Number(options.ms); n++) {
    const begun = now();
    call();
    const took = now() - begun;
    spent += took;
    best = Math.min(best, took);
  }
  return best;
}

/** `work` is in GFLOP or in GB, according to `unit`. */
function bench(label, kernelName, shapes, attrs, work, unit = 'GFLOP/s') {
  if (!`${kernelName} ${label}`.toLowerCase().includes(options.only.toLowerCase())) return;
  const { kernelFunc } = getKernel(kernelName, WASM_BACKEND);
  const named = Object.entries(shapes).map(([name, shape]) => [name, tensor(shape)]);
  const inputs = Array.isArray(shapes) ? named.map(([, each]) => each) : Object.fromEntries(named);
  const call = () => {
    for (const { dataId } of [kernelFunc({ inputs, backend, attrs })].flat()) backend.disposeData(dataId);
  };
  const results = threadCounts.map((threads) => {
    backend.pool.activeThreads = threads;
    const ms = time(call);
    return `${ms.toFixed(3).padStart(9)} ms ${((1000 * work) / ms).toFixed(1).padStart(6)}`;
  });
  for (const { dataId } of Object.values(inputs)) backend.disposeData(dataId);
  console.log(`${kernelName.padEnd(37)}${label.padEnd(26)}${results.join('  ')} ${unit}`);
}

const same = { pad: 'same', dataFormat: 'NHWC', dilations: 1 };

function conv(h, ci, co, k = 1, stride = 1) {
  const oh = Math.ceil(h / stride);
  const [x, dy, filter] = [
    [B, h, h, ci],
    [B, oh, oh, co],
    [k, k, ci, co],
  ];
  const attrs = { ...same, strides: [stride, stride], inputShape: x, filterShape: filter };
  const label = `${h}² ${ci}→${co}${k > 1 ? ` ${k}×${k}` : ''}${stride > 1 ? ` /${stride}` : ''}`;
  const work = (2 * B * oh * oh * ci * co * k * k) / 1e9;
  bench(label, 'Conv2D', { x, filter }, attrs, work);
  bench(label, 'Conv2DBackpropInput', { dy, filter }, attrs, work);
  bench(label, 'Conv2DBackpropFilter', { x, dy }, attrs, work);
}

function matMul(m, k, n) {
  const shapes = { a: [1, m, k], b: [1, k, n] };
  const attrs = { transposeA: false, transposeB: false };
  bench(`${m}×${k} · ${k}×${n}`, 'BatchMatMul', shapes, attrs, (2 * m * k * n) / 1e9);
}

function depthwise(h, c, k, stride) {
  const oh = Math.ceil(h / stride);
  const [x, dy, filter] = [
    [B, h, h, c],
    [B, oh, oh, c],
    [k, k, c, 1],
  ];
  const attrs = { ...same, strides: [stride, stride], inputShape: x, filterShape: filter };
  const label = `${h}² ${c} ${k}×${k}${stride > 1 ? ` /${stride}` : ''}`;
  const work = (2 * B * oh * oh * c * k * k) / 1e9;
  bench(label, 'DepthwiseConv2dNative', { x, filter }, attrs, work);
  bench(label, 'DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs, work);
  bench(label, 'DepthwiseConv2dNativeBackpropFilter', { x, dy }, attrs, work);
}

function involution(h, c, groups, k = 7) {
  const [x, kernel] = [
    [B, h, h, c],
    [B, h, h, groups * k * k],
  ];
  const attrs = { kernelSize: k, groups, stride: 1, dilation: 1, inputShape: x };
  const label = `${h}² ${c} G${groups} ${k}×${k}`;
  const work = (2 * B * h * h * c * k * k) / 1e9;
  bench(label, 'Involution', { x, kernel }, attrs, work);
  bench(label, 'InvolutionBackpropInput', { dy: x, kernel }, attrs, work);
  bench(label, 'InvolutionBackpropKernel', { dy: x, x }, attrs, work);
}

function batchNorm(h, c, activation) {
  const x = [B, h, h, c];
  const attrs = { epsilon: 1e-3, activation };
  const channel = { scale: [c], offset: [c] };
  const moments = { ...channel, mean: [c], variance: [c] };
  const gb = (4 * B * h * h * c) / 1e9;
  const label = `${h}² ${c} ${activation}`;
  bench(label, 'BatchNormTraining', { x, ...channel }, attrs, 3 * gb, 'GB/s');
  bench(label, 'BatchNormTrainingGrad', { dy: x, x, ...moments }, attrs, 5 * gb, 'GB/s');
}

function elementwise(h, c) {
  const x = [B, h, h, c];
  const gb = (4 * B * h * h * c) / 1e9;
  const label = `${h}² ${c}`;
  bench(label, 'Add', { a: x, b: x }, {}, 3 * gb, 'GB/s');
  bench(label, 'Swish', { x }, {}, 2 * gb, 'GB/s');
  bench(label, 'SwishGrad', { dy: x, x }, {}, 3 * gb, 'GB/s');
  bench(label, 'GlobalAveragePool', { x }, {}, gb, 'GB/s');
  bench(label, 'ChannelScale', { x, scale: [B, c] }, {}, 2 * gb, 'GB/s');
  bench(label, 'ChannelScaleGrad', { dy: x, x, scale: [B, c] }, {}, 3 * gb, 'GB/s');
  bench(label, 'Sum', { x }, { axis: [0, 1, 2], keepDims: false }, gb, 'GB/s');
}

/** What networks of attention, of octaves and of Inception need beside. */
function longTail(h, c) {
  const x = [B, h, h, c];
  const gb = (4 * B * h * h * c) / 1e9;
  const label = `${h}² ${c}`;
  const half = [B, h / 2, h / 2, c];
  for (const [size, stride] of [
    [3, 2],
    [2, 2],
  ]) {
    const attrs = { filterSize: [size, size], strides: [stride, stride], pad: 'same' };
    const name = `${label} ${size}×${size}/${stride}`;
    bench(name, 'MaxPool', { x }, attrs, 1.25 * gb, 'GB/s');
    bench(name, 'MaxPoolGrad', { dy: half, input: x, output: half }, attrs, 2.5 * gb, 'GB/s');
    bench(name, 'AvgPool', { x }, attrs, 1.25 * gb, 'GB/s');
    bench(name, 'AvgPoolGrad', { dy: half, input: x }, attrs, 1.25 * gb, 'GB/s');
  }
  const doubled = { alignCorners: false, halfPixelCenters: false, size: [h, h], inputShape: half };
  bench(`${label} ×2`, 'ResizeNearestNeighbor', { images: half }, doubled, 1.25 * gb, 'GB/s');
  bench(`${label} ×2`, 'ResizeNearestGrad', { dy: x }, doubled, 1.25 * gb, 'GB/s');
  bench(`${label} twice`, 'Concat', [x, x], { axis: 3 }, 4 * gb, 'GB/s');
  bench(`${label} half`, 'Slice', { x }, { begin: [0, 0, 0, c / 2], size: [B, h, h, c / 2] }, gb, 'GB/s');
  const paddings = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];
  bench(`${label} by 1`, 'PadV2', { x }, { paddings, constantValue: 0 }, 2 * gb, 'GB/s');
  bench(`${label} to NCHW`, 'Transpose', { x }, { perm: [0, 3, 1, 2] }, 2 * gb, 'GB/s');
  bench(`${label} to NWHC`, 'Transpose', { x }, { perm: [0, 2, 1, 3] }, 2 * gb, 'GB/s');
  bench(label, 'Softmax', { logits: x }, { dim: 3 }, 2 * gb, 'GB/s');
  bench(label, 'SoftmaxGrad', { dy: x, y: x }, {}, 3 * gb, 'GB/s');
  bench(`${label} a pixel`, 'Multiply', { a: x, b: [B, h, h, 1] }, {}, 2 * gb, 'GB/s');
  bench(`${label} an image`, 'Add', { a: x, b: [B, 1, 1, c] }, {}, 2 * gb, 'GB/s');
  bench(`${label} over channels`, 'Max', { x }, { reductionIndices: [3], keepDims: false }, gb, 'GB/s');
}

function products(batches, m, n, k) {
  for (const [name, transposeA, transposeB] of [
    ['NN', false, false],
    ['NT', false, true],
    ['TN', true, false],
  ]) {
    const shapes = {
      a: transposeA ? [batches, k, m] : [batches, m, k],
      b: transposeB ? [batches, n, k] : [batches, k, n],
    };
    const work = (2 * batches * m * n * k) / 1e9;
    bench(`${batches}× ${m}·${k}·${n} ${name}`, 'BatchMatMul', shapes, { transposeA, transposeB }, work);
  }
}

const [{ relaxedSimd }] = [backend.info()];
console.log(
  `Node ${process.version}, ${relaxedSimd ? 'relaxed SIMD' : 'plain SIMD'}, threads ${threadCounts}, batch ${B}`,
);

conv(224, 3, 32, 3, 2);
for (const [h, ci, co] of [
  [112, 32, 16],
  [112, 16, 96],
  [56, 96, 24],
  [56, 24, 144],
  [28, 144, 40],
  [28, 40, 240],
  [14, 240, 80],
  [14, 80, 480],
  [14, 112, 672],
  [7, 672, 192],
  [7, 192, 1152],
  [7, 320, 1280],
]) {
  conv(h, ci, co);
}
conv(56, 64, 64, 3);
conv(28, 128, 128, 3);
conv(28, 128, 256, 3, 2);
// WRN-28-10 at 32²: nearly all of its work is in these three.
conv(32, 160, 160, 3);
conv(16, 320, 320, 3);
conv(8, 640, 640, 3);
// The bound of the matrix product itself.
matMul(1024, 160, 160);
matMul(1024, 1024, 1024);
for (const [h, c, k, stride] of [
  [112, 32, 3, 1],
  [112, 96, 3, 2],
  [56, 144, 3, 1],
  [56, 144, 5, 2],
  [28, 240, 5, 1],
  [28, 240, 3, 2],
  [14, 480, 3, 1],
  [14, 672, 5, 1],
  [14, 672, 5, 2],
  [7, 1152, 5, 1],
  [7, 1152, 3, 1],
  [56, 144, 1, 1],
  [56, 144, 1, 2],
]) {
  depthwise(h, c, k, stride);
}
for (const [h, c, groups] of [
  [112, 32, 4],
  [56, 96, 4],
  [56, 144, 4],
  [28, 240, 4],
  [14, 480, 4],
  [7, 672, 4],
  [28, 128, 8],
]) {
  involution(h, c, groups);
}
involution(28, 64, 8);
involution(28, 64, 16);
involution(28, 64, 64);
involution(28, 64, 64, 3);
involution(28, 64, 8, 1);
longTail(56, 64);
products(B * 32 * 8, 32, 32, 8);
products(B * 32 * 8, 32, 8, 32);
products(B * 32 * 8, 8, 32, 32);
for (const [h, c, activation] of [
  [112, 96, 'swish'],
  [56, 144, 'swish'],
  [14, 480, 'swish'],
  [56, 144, 'relu'],
  [56, 24, 'none'],
  [7, 1152, 'swish'],
]) {
  batchNorm(h, c, activation);
}
elementwise(56, 144);
elementwise(14, 480);
const parameters = [4_000_000];
const scalars = { learningRate: [], beta1Power: [], beta2Power: [] };
bench(
  '4 M',
  'AdamUpdate',
  {
    parameter: parameters,
    gradient: parameters,
    firstMoment: parameters,
    secondMoment: parameters,
    ...scalars,
  },
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
  (4 * 7 * parameters[0]) / 1e9,
  'GB/s',
);
backend.dispose();
