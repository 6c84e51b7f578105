import { beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../config/schema.js';
import { expectClose, openReference } from '../engine/testing.js';
import { refusalOf } from '../util/refusal.testing.js';
import { model as modelOptions, type ModelConfig } from '../models/options.js';
import { smallestOperator, type ModelInput } from '../models/testing.js';
import { designModel } from '../tasks/classification/head.js';
import { predictAtOnce } from '../train/predictor.js';
import { RandomStream } from '../util/random.js';
import { refuseOtherSizes } from './other-sizes.js';

beforeAll(openReference);

const OWN = 48;
const small = { blocks: [1, 1, 1, 1], width: 16, stem: 'cifar' } as const;

function check(model: ModelConfig, ...sizes: number[]): void {
  const progressive = sizes.map((size, i) => ({ size, until: { epochs: i + 1 } }));
  refuseOtherSizes({
    model,
    data: { name: 'scenes', inputSize: OWN },
    train: { progressive },
  } as unknown as Experiment);
}

const resnet = (spatial: object): ModelInput =>
  ({ family: 'resnet', depth: 26, ...small, spatial }) as unknown as ModelInput;

const TAKEN: readonly ModelInput[] = [
  { family: 'efficientnet', removeStages: [4, 5, 6, 7, 8], attention: { type: 'involution' } },
  { family: 'octconv-article', width: 16, blocks: 1 },
  ...(['conv', 'local-attention', 'local-relation', 'san-pairwise'] as const).map((type) =>
    resnet(smallestOperator(type)),
  ),
];

describe('a network takes images of other sizes', () => {
  it.each(TAKEN)('with the weights that it has: %j', (input) => {
    const config = modelOptions.parse(input);
    check(config, 32, 40);
    // The weights of a seed do not follow from the size, so both networks have the same.
    const [large, other] = [OWN, 32].map((size) => designModel(config, size, 3).build(0, `of ${size}`));
    const noise = new RandomStream(1, 'image');
    const images = Float32Array.from({ length: 2 * 32 * 32 * 3 }, () => noise.normal());
    const outputs = predictAtOnce(large!, images, 2, 32);
    expect(outputs.some((value) => value !== 0)).toBe(true);
    expectClose(outputs, predictAtOnce(other!, images, 2, 32), 1e-6);
  });

  it('or says why not: each size', () => {
    const global = modelOptions.parse(resnet({ type: 'global-attention', heads: 1 }));
    const hint = '--set train.progressive=null: this network has images of one size';
    expect(refusalOf(() => check(global, 32, 40)).problems).toEqual([
      {
        what: 'images of 32×32 do not fit the network: the weights of layer stage1/block1/spatial follow from data.inputSize',
        where: 'train.progressive[0].size',
        try: hint,
      },
      {
        what: 'images of 40×40 do not fit the network: the weights of layer stage1/block1/spatial follow from data.inputSize',
        where: 'train.progressive[1].size',
        try: hint,
      },
    ]);
    const axial = modelOptions.parse(resnet({ type: 'axial-attention', heads: 1 }));
    expect(refusalOf(() => check(axial, 32)).problems[0]!.what).toMatch(/spatial\/height follow from/);
    const plain = modelOptions.parse(resnet({ type: 'global-attention', heads: 1, position: 'none' }));
    expect(refusalOf(() => check(plain, 32)).problems[0]!.what).toMatch(
      /^images of 32×32 do not fit the network: layer stage1\/block1\/spatial: was made for maps of/,
    );
  });

  it('or that they are too small', () => {
    const config = modelOptions.parse(resnet({ type: 'san-pairwise' }));
    const [problem] = refusalOf(() => check(config, 8)).problems;
    expect(problem!.what).toMatch(/^images of 8×8 do not fit the network: layer .* needs a map of/);
    expect(problem!.try).toBe('a larger size, or --set train.progressive=null');
  });

  it('is not asked where nothing is progressive', () => {
    const model = modelOptions.parse({ family: 'san' });
    const train = { progressive: null };
    expect(() =>
      refuseOtherSizes({ model, train, data: { name: 'scenes', inputSize: 8 } } as unknown as Experiment),
    ).not.toThrow();
  });
});
