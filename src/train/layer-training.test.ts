import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Engine } from '../engine/engine.js';
import { removeBackend, type LayersModel } from '../engine/tf.js';
import type { LayerTraining } from '../layers/operator-layer.js';
import { refusalOf } from '../util/refusal.testing.js';
import { model as modelSchema } from '../models/options.js';
import type { ModelInput } from '../models/testing.js';
import { designWithHead } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { layerTraining, prepareLayers } from './layer-training.js';
import { schedule } from './schedule-options.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { start, type StartConfig } from './start-options.js';
import { bitsOf, EAGER, lastState, RECOMPUTED, runTiny, SGD, tinyModel } from './testing.js';
import type { TrainConfig } from './options.js';

const defaults = Object.fromEntries(
  Object.entries(start).map(([key, schema]) => [key, schema.parse(undefined)]),
) as unknown as StartConfig;

const designOf = (input: ModelInput, size = 64) =>
  designWithHead(taskOfCount(5), modelSchema.parse(input), size);
const trainingOf = (input: ModelInput, config: Partial<StartConfig>) =>
  layerTraining(designOf(input), { ...defaults, ...config });

describe('layerTraining', () => {
  it('by default lets all learn alike', () => {
    for (const each of trainingOf({ family: 'efficientnet' }, {}).values())
      expect(each).toEqual({ rate: 1, fixedStatistics: false });
  });

  it('freezes all that a stage’s map is made by, and nothing after it', () => {
    const training = trainingOf({ family: 'efficientnet' }, { freeze: 'stage4' });
    const frozen = [...training].filter(([, { rate }]) => rate === 0).map(([name]) => name);
    expect(new Set(frozen.map((name) => name.split('/')[0]))).toEqual(
      new Set(['stem', 'stage2', 'stage3', 'stage4']),
    );
    expect(frozen).toContain('stage4/block2/se');
    for (const [name, { rate, fixedStatistics }] of training)
      expect([rate, fixedStatistics], name).toEqual(frozen.includes(name) ? [0, true] : [1, false]);
  });

  it('freezes both parts of a stage of octave convolutions', () => {
    const training = trainingOf(
      { family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5 },
      { freeze: 'group1' },
    );
    const frozen = [...training].filter(([, { rate }]) => rate === 0).map(([name]) => name);
    expect(frozen.filter((name) => /^group1\/.*(high|low)/.test(name)).length).toBeGreaterThan(2);
    expect(frozen.some((name) => name.startsWith('group2'))).toBe(false);
  });

  it('features: all but the head', () => {
    const training = trainingOf({ family: 'xception' }, { freeze: 'features', headRate: 10 });
    const rates = [...training].map(([name, { rate }]) => [name, rate] as const);
    expect(rates.filter(([, rate]) => rate !== 0)).toEqual([
      ['head/pool', 10],
      ['head/classifier', 10],
    ]);
  });

  it.each([
    ['all', 'stage2', true, true],
    ['none', 'stage2', false, false],
    ['frozen-layers', 'stage2', true, false],
  ] as const)('freezeBatchNorm %s', (freezeBatchNorm, freeze, frozen, rest) => {
    const training = trainingOf({ family: 'efficientnet' }, { freeze, freezeBatchNorm });
    expect(training.get('stage2/block1/depthwise_bn')!.fixedStatistics).toBe(frozen);
    expect(training.get('stage5/block1/depthwise_bn')!.fixedStatistics).toBe(rest);
  });

  // timm 1.0.31, param_groups_layer_decay: `layer_decay` to the power of so many.
  it.each<[ModelInput, Record<string, number>]>([
    [
      { family: 'efficientnet' },
      {
        'stem/conv': 17,
        'stage2/block1/project': 16,
        'stage8/block1/expand': 1,
        'head/bn': 1,
        'head/classifier': 0,
      },
    ],
    [
      { family: 'resnet' },
      { 'stem/bn': 17, 'stage1/block1/reduce': 16, 'stage4/block3/expand': 1, 'head/classifier': 0 },
    ],
  ])('%j decays from block to block as timm has it', (input, powers) => {
    const training = trainingOf(input, { layerDecay: 0.75, headRate: 2 });
    for (const [name, power] of Object.entries(powers))
      expect(training.get(name)!.rate, name).toBeCloseTo(power === 0 ? 2 : 0.75 ** power, 12);
  });

  it('refuses a stage that is not there, and names those that are', () => {
    const { problems } = refusalOf(() => trainingOf({ family: 'resnet' }, { freeze: 'stage9' }));
    expect(problems).toEqual([
      {
        what: 'this network has no stage "stage9"',
        where: 'train.freeze',
        try: 'did you mean "stage1"? It has stage1, stage2, stage3, stage4, features',
      },
    ]);
  });
});

/** The tiny model with its first layers frozen. */
const FROZEN: ReadonlyMap<string, LayerTraining> = new Map([
  ['conv', { rate: 0, fixedStatistics: true }],
  ['bn', { rate: 0, fixedStatistics: true }],
  ['involution', { rate: 0.5, fixedStatistics: false }],
  ['logits', { rate: 3, fixedStatistics: false }],
]);
function prepared(seed = 0, training = FROZEN): LayersModel {
  const model = tinyModel(seed);
  prepareLayers(model, training);
  return model;
}
const valuesIn = (model: LayersModel): Map<string, number[]> =>
  new Map(
    [...parametersOf(model), ...statisticsOf(model)].map(({ name, variable }) => [
      name,
      [...variable.dataSync<'float32'>()],
    ]),
  );

describe('training with frozen layers', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.use();
  });
  afterAll(() => void removeBackend('involve-wasm'));

  const train = (config: Partial<TrainConfig>, options: Partial<Parameters<typeof runTiny>[0]> = {}) =>
    runTiny({ engine, config, options: { model: prepared() }, ...options });

  it.each<[string, Partial<TrainConfig>]>([
    ['AdamW', {}],
    [
      'with an average, statistics measured anew and two batches a step',
      { ema: 0.9, accumulate: 2, ...RECOMPUTED },
    ],
  ])('%s: they keep weights and statistics, the others learn', async (_, config) => {
    const before = valuesIn(prepared());
    const { model } = await train({ ...config, clipNorm: 1 });
    const changed = [...valuesIn(model)].filter(
      ([name, values]) => values.join() !== before.get(name)!.join(),
    );
    const names = changed.map(([name]) => name.split('/')[0]);
    expect(new Set(names)).toEqual(new Set(['involution', 'logits']));
    expect(changed.map(([name]) => name)).toEqual(
      [...before.keys()].filter((name) => !/^(conv|bn)\//.test(name)),
    );
  });

  it('computes on an engine that replays what it computes at once', async () => {
    const replayed = bitsOf(lastState((await train({})).events));
    const eager = bitsOf(lastState((await train({}, { engine: EAGER })).events));
    expect(replayed).toEqual(eager);
  });

  it('goes on bit for bit where it was stopped', async () => {
    const straight = bitsOf(lastState((await train({ ema: 0.9 })).events));
    for (const k of [2, 5]) {
      const first = await train(
        { ema: 0.9 },
        { onEvent: (event, stop) => void (event.type === 'step' && event.step === k && stop.abort()) },
      );
      const resume = lastState(first.events);
      expect([...resume.tensors.keys()].filter((name) => /^optimizer\/(conv|bn)\//.test(name))).toEqual([]);
      const second = await train({ ema: 0.9 }, { resume, options: { model: prepared(99) } });
      expect(bitsOf(lastState(second.events))).toEqual(straight);
    }
  });

  it('a rate moves a layer by so many times as much in the first step', async () => {
    const first = async (training: ReadonlyMap<string, LayerTraining>) => {
      const model = prepared(0, training);
      const before = valuesIn(model);
      const rate = { optimizer: SGD, schedule: schedule.parse({ name: 'constant' }) };
      const config = { ...rate, steps: 1, epochs: null, clipNorm: null };
      await train(config, { options: { model } });
      return new Map(
        [...valuesIn(model)].map(([name, values]) => [name, values.map((v, i) => v - before.get(name)![i])]),
      );
    };
    const plain = await first(new Map());
    const rated = await first(
      new Map([
        ['involution', { rate: 0.5, fixedStatistics: false }],
        ['logits', { rate: 3, fixedStatistics: false }],
      ]),
    );
    for (const [layer, rate] of [
      ['involution', 0.5],
      ['logits', 3],
      ['conv', 1],
    ] as const) {
      const own = [...plain].filter(([name]) => name.startsWith(`${layer}/`) && name.endsWith('kernel'));
      const [name, a] = own.find(([, steps]) => steps.some((step) => step !== 0))!;
      const b = rated.get(name)!;
      const largest = Math.max(...a.map(Math.abs));
      a.forEach((step, i) => expect(Math.abs(b[i] - rate * step)).toBeLessThan(1e-3 * rate * largest + 2e-7));
    }
  });

  it('keeps scale and offset with fixed statistics, and lets the layers before them learn', async () => {
    const fixed = new Map([['bn', { rate: 1, fixedStatistics: true }]]);
    const before = valuesIn(prepared(0, fixed));
    const { model } = await train({}, { options: { model: prepared(0, fixed) } });
    const after = valuesIn(model);
    const same = [...before].filter(([name, values]) => after.get(name)!.join() === values.join());
    // Scale and offset stay with them.
    expect(same.map(([name]) => name).sort()).toEqual(
      ['bn/beta', 'bn/gamma', 'bn/moving_mean', 'bn/moving_variance'].sort(),
    );
  });
});
