import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Engine } from '../engine/engine.js';
import type { ExecutionMode } from '../engine/program/program.js';
import { removeBackend } from '../engine/tf.js';
import { designFrom, smallestOperator, type ModelInput } from '../models/testing.js';
import { spatialTypes, type SpatialConfig } from '../operators/options.js';
import { trained, values } from './replay.testing.js';

const CLASSES = 3;
const SIZE = 16;
const BATCH = 2;
const blocks = [1, 1, 1, 1];

type Put = (operator: SpatialConfig) => ModelInput;
/** In an attention slot nothing has a name of its own. */
function behind<F extends string>(operator: SpatialConfig, followedBy: F) {
  return operator.type === 'identity' ? ({ type: 'none' } as const) : { ...operator, followedBy };
}

/** Every family with a slot, small, and the operator in it. */
const SLOTS: Readonly<Record<string, Put>> = {
  efficientnet: (operator) => ({
    family: 'efficientnet',
    removeStages: [5, 6, 7, 8],
    attention: behind(operator, 'bn-swish'),
  }),
  resnet: (spatial) => ({ family: 'resnet', blocks, width: 8, stem: 'cifar', spatial }),
  'the other slot of resnet': (operator) => ({
    family: 'resnet',
    blocks,
    width: 4,
    stem: 'cifar',
    attention: behind(operator, 'bn-relu'),
  }),
  rednet: (spatial) => ({ family: 'rednet', blocks, width: 8, stem: 'cifar', stemKernelSize: 3, spatial }),
  'sasa-resnet': (spatial) => ({ family: 'sasa-resnet', blocks, width: 8, stem: 'cifar', spatial }),
  'lr-net': (spatial) => ({
    family: 'lr-net',
    blocks,
    width: 8,
    outputWidth: 16,
    stemWidth: 8,
    stem: 'cifar',
    spatial,
  }),
  'axial-resnet': (spatial) => ({
    family: 'axial-resnet',
    blocks: [1, 1, 1],
    scale: 0.125,
    stem: 'cifar',
    spatial,
  }),
  'wide-resnet': (spatial) => ({ family: 'wide-resnet', depth: 10, widen: 1, spatial }),
  xception: (spatial) => ({ family: 'xception', stem: 'cifar', width: 0.0625, middleBlocks: 1, spatial }),
  'inception-v3': (spatial) => ({ family: 'inception-v3', stem: 'cifar', width: 0.0625, spatial }),
};

const open = async (mode: ExecutionMode): Promise<Engine> => {
  const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2, mode });
  engine.use();
  return engine;
};

let eager: Engine;
beforeAll(async () => {
  eager = await open('eager');
});
afterAll(() => removeBackend('involve-wasm'));

/** The losses of some steps, and what they leave. */
async function train(engine: Engine, config: ModelInput, steps: number) {
  const net = designFrom(config, SIZE, CLASSES);
  const cost = net.total();
  const model = net.build(0, 'small');
  expect(model.countParams()).toBe(cost.parameters + cost.nonTrainable);
  const { runner, state } = trained(engine, model, { size: SIZE, classes: CLASSES });
  const before = state();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { losses: found } = await runner.run(values(BATCH, step, SIZE, CLASSES));
    losses.push(...found);
  }
  const after = state();
  expect(after).not.toBe(before);
  expect(losses.every(Number.isFinite)).toBe(true);
  runner.dispose();
  model.dispose();
  return { losses, after };
}

describe.each(Object.keys(SLOTS))('the slot of %s', (family) => {
  it.each(spatialTypes)('takes %s: it builds, is what its blueprint counts, and trains', async (type) => {
    const config = SLOTS[family](smallestOperator(type));
    const { macs } = designFrom(config, SIZE, CLASSES).total();
    expect(macs).toBeGreaterThan(0);
    expect((await train(eager, config, 1)).losses).toHaveLength(BATCH);
  });
});

it.each(spatialTypes)('replayed, a step with %s has the bits of eager execution', async (type) => {
  const config = SLOTS.resnet(smallestOperator(type));
  const expected = await train(await open('eager'), config, 2);
  expect(await train(await open('replay'), config, 2)).toEqual(expected);
});
