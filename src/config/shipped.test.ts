import { readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configJsonSchema } from './json-schema.js';
import { loadExperiment, resolvedYaml } from './load.js';
import type { EfficientNetConfig } from '../models/efficientnet/options.js';
import type { Experiment } from './schema.js';
import { ConfigFolder, SHIPPED_ROOT, shippedConfigs } from './testing.js';

const root = SHIPPED_ROOT;
const shipped = shippedConfigs();
/** Those of the involution article, which share data and training. */
const blog = shipped.filter((name) => !name.includes('/') || name.startsWith('efficientnet/'));
const load = (name: string): Experiment => loadExperiment(join(root, name)).experiment;

let configs: ConfigFolder;
beforeAll(() => {
  configs = new ConfigFolder();
});
afterAll(() => configs.remove());

describe.each(shipped)('configs/%s', (name) => {
  it('validates, is called like its file, and says where it comes from', () => {
    const experiment = load(name);
    expect(experiment.name).toBe(parse(name).name);
    expect(experiment.description).not.toBe('');
    expect(experiment.source?.article).not.toBe('');
    // In JSON a key, in YAML the comment that editors read.
    const text = readFileSync(join(root, name), 'utf8');
    const [, schema] = /(?:"\$schema": "|yaml-language-server: \$schema=)([^"\s]+)/.exec(text)!;
    expect(join(root, name, '..', schema)).toBe(join(root, 'schema.json'));
  });

  it('loads back from its resolved YAML', () => {
    const experiment = load(name);
    const file = configs.write('config.yaml', resolvedYaml(experiment));
    expect(loadExperiment(file).experiment).toEqual(experiment);
  });
});

it('any text and number loads back from the resolved YAML', () => {
  const base = load('exp3.json');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.double({ min: 0, minExcluded: true, max: 1e300, noNaN: true }),
      fc.array(fc.string()),
      (description, parametersMillions, notes) => {
        const experiment = {
          ...base,
          description,
          source: { ...base.source!, notes, claim: { ...base.source!.claim, parametersMillions } },
        };
        configs.write('any.yaml', resolvedYaml(experiment));
        expect(configs.load('any.yaml')).toEqual(experiment);
      },
    ),
  );
});

it('ships the experiments of the article, their twins and controls', () => {
  expect(blog).toEqual(
    [
      ...['exp0', 'exp0-b4', 'exp1', 'exp2', 'exp3', 'exp4', 'exp5', 'quickstart'],
      ...['exp0-b4-paper', 'exp3-lr-0.25', 'exp3-reference-init'].map((name) => `efficientnet/${name}`),
      ...[1, 2, 3, 4, 5].map((n) => `efficientnet/exp${n}-linear`),
      ...[1, 3].map((n) => `efficientnet/exp${n}-l2`),
      ...['none', 'none-minus-7-8', 'se-minus-7-8', 'se-minus-6-7-8'].map((n) => `efficientnet/control-${n}`),
    ]
      .map((name) => `${name}.json`)
      .sort(),
  );
});

it('exp3 is the example of the design', () => {
  expect(load('exp3.json')).toMatchObject({
    name: 'exp3',
    source: { claim: { accuracy: 0.89, parametersMillions: 1.5 } },
    data: {
      name: 'intel',
      dir: 'datasets/intel',
      inputSize: 224,
      validation: 0.1,
      limit: { train: null, validation: null, test: null },
    },
    model: {
      family: 'efficientnet',
      variant: 'b0',
      attention: {
        type: 'involution',
        generator: 'paper',
        groups: 4,
        reductionRatio: 4,
        kernelSize: 7,
        followedBy: 'bn-swish',
      },
      removeStages: [7, 8],
      depthwiseKernel: null,
    },
    train: {
      seed: 0,
      batchSize: 10,
      epochs: 100,
      until: 'plateau',
      optimizer: { name: 'adamw', learningRate: 0.001, weightDecay: 0.01 },
      schedule: { name: 'plateau', factor: 0.25, patience: 10, maxReductions: 3 },
    },
    engine: {
      name: 'auto',
      device: 'auto',
      mode: 'replay',
      threads: null,
      deterministic: true,
      mixedPrecision: false,
      layoutOptimizer: true,
      customOps: true,
    },
  });
});

describe('the experiments differ as the article says', () => {
  const involution = { type: 'involution', groups: 4, reductionRatio: 4, kernelSize: 7 };
  it.each<[string, Partial<EfficientNetConfig> | object]>([
    ['exp0', { variant: 'b0', attention: { type: 'se', reductionRatio: 4 }, removeStages: [] }],
    ['exp0-b4', { variant: 'blog-b4', attention: { type: 'se' } }],
    ['exp1', { attention: { ...involution, followedBy: 'none' }, removeStages: [] }],
    ['exp2', { attention: { ...involution, followedBy: 'bn-swish' }, removeStages: [] }],
    ['exp3', { attention: { ...involution, followedBy: 'bn-swish' }, removeStages: [7, 8] }],
    ['exp4', { attention: { ...involution, followedBy: 'bn-swish' }, removeStages: [6, 7, 8] }],
    ['exp5', { attention: { followedBy: 'bn-swish' }, removeStages: [7, 8], depthwiseKernel: 1 }],
    ['efficientnet/exp1-linear', { attention: { ...involution, generator: 'linear', followedBy: 'none' } }],
    ['efficientnet/exp5-linear', { attention: { generator: 'linear' }, depthwiseKernel: 1 }],
    ['efficientnet/exp1-l2', { attention: { ...involution, followedBy: 'none', kernelBound: 'l2' } }],
    ['efficientnet/exp3-l2', { attention: { kernelBound: 'l2' }, removeStages: [7, 8] }],
    ['efficientnet/exp0-b4-paper', { variant: 'b4' }],
    ['efficientnet/control-none', { attention: { type: 'none' }, removeStages: [] }],
    ['efficientnet/control-none-minus-7-8', { attention: { type: 'none' }, removeStages: [7, 8] }],
    ['efficientnet/control-se-minus-6-7-8', { attention: { type: 'se' }, removeStages: [6, 7, 8] }],
  ])('%s', (name, expected) => {
    expect(load(`${name}.json`).model).toMatchObject(expected);
  });

  it('and nothing else does', () => {
    const exp0 = load('exp0.json');
    for (const name of blog.filter((each) => each !== 'quickstart.json' && !each.includes('lr-0.25'))) {
      const { data, augment, train } = load(name);
      expect({ data, augment, train }).toEqual({ data: exp0.data, augment: exp0.augment, train: exp0.train });
    }
  });
});

it('configs/schema.json is what the code says', () => {
  const file = JSON.parse(readFileSync(join(root, 'schema.json'), 'utf8')) as unknown;
  expect(file, 'run: npm run schema').toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});
