// What `npm run parity` compares, beside the layers of ours.mjs. theirs.py has a reference for each id.

const random = { initialization: 'reference' };
const pyramid = (backbone, type) => ({
  ...backbone,
  blocks: [1, 1, 1, 1],
  decoder: {
    type: 'semantic-fpn',
    neck: { channels: 32, spatial: type === 'conv' ? { type } : { type, ...random } },
    head: { channels: 16 },
  },
});

export const NETWORKS = [
  {
    id: 'resnet-50',
    title: 'ResNet-50, 64²',
    model: { family: 'resnet', depth: 50 },
    size: 64,
    classes: 10,
  },
  {
    id: 'efficientnet-b0',
    title: 'EfficientNet-B0, 64²',
    model: { family: 'efficientnet', variant: 'b0' },
    size: 64,
    classes: 10,
  },
  {
    id: 'wrn-16-2',
    title: 'WRN-16-2, 32²',
    model: { family: 'wide-resnet', depth: 16, widen: 2 },
    size: 32,
    classes: 10,
  },
  {
    id: 'fpn-tiny',
    title: 'Semantic FPN over a small ResNet, 64²',
    model: pyramid({ family: 'resnet', width: 16 }, 'conv'),
    size: 64,
    classes: 10,
    target: 'mask',
  },
  {
    id: 'fpn-tiny-involution',
    title: 'Semantic FPN over a small RedNet, involution in the neck, 64²',
    model: pyramid({ family: 'rednet', width: 32, spatial: { type: 'involution', ...random } }, 'involution'),
    size: 64,
    classes: 10,
    target: 'mask',
  },
  {
    id: 'upernet-tiny',
    title: 'UPerNet over a small ResNet, 96²',
    model: {
      ...{ family: 'resnet', blocks: [1, 1, 1, 1], width: 16 },
      decoder: { type: 'upernet', channels: 32 },
    },
    size: 96,
    classes: 10,
    target: 'mask',
  },
];

const rate = { learningRate: 0.05 };
export const OPTIMIZERS = [
  { id: 'sgd', title: 'SGD, momentum', config: { name: 'sgd', ...rate, momentum: 0.9 } },
  {
    id: 'sgd-l2',
    title: 'SGD, momentum, L2',
    config: { name: 'sgd', ...rate, weightDecay: 0.1, decoupledDecay: false },
  },
  {
    id: 'sgd-nesterov-l2',
    title: 'SGD, Nesterov, L2',
    config: { name: 'sgd', ...rate, nesterov: true, weightDecay: 0.1, decoupledDecay: false },
  },
  { id: 'adam', title: 'Adam', config: { name: 'adam', ...rate, weightDecay: 0 } },
  { id: 'adamw', title: 'AdamW', config: { name: 'adamw', ...rate, weightDecay: 0.1 } },
  { id: 'rmsprop', title: 'RMSProp, momentum', config: { name: 'rmsprop', ...rate } },
  { id: 'lion', title: 'Lion', config: { name: 'lion', learningRate: 0.01, weightDecay: 0.1 } },
  { id: 'lamb', title: 'LAMB', config: { name: 'lamb', ...rate, weightDecay: 0.1 } },
];

export const SCHEDULES = [
  {
    id: 'step',
    title: 'step',
    schedule: { name: 'step', factor: 0.2, at: [{ epochs: 3 }, { epochs: 6 }, { epochs: 8 }] },
  },
  {
    id: 'exponential',
    title: 'exponential',
    schedule: { name: 'exponential', factor: 0.9, every: { epochs: 1 }, staircase: true },
  },
  { id: 'cosine', title: 'cosine', schedule: { name: 'cosine', minimum: 0.01 } },
  { id: 'polynomial', title: 'polynomial', schedule: { name: 'polynomial', power: 2 } },
  { id: 'one-cycle', title: 'one cycle', schedule: { name: 'one-cycle' } },
];

export const PLATEAUS = [
  { id: 'plateau-1', title: 'plateau, patience 1', options: { factor: 0.5, patience: 1, threshold: 0.05 } },
  { id: 'plateau-3', title: 'plateau, patience 3', options: { factor: 0.25, patience: 3 } },
];

/** A loss that falls, and less and less. */
export const LOSSES = Array.from({ length: 40 }, (_, i) => 2 * 0.95 ** i + 0.2 * Math.abs(Math.sin(7 * i)));
