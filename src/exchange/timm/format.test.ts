import { beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../config/schema.js';
import { openReference } from '../../engine/testing.js';
import { model as modelSchema } from '../../models/options.js';
import type { ModelInput } from '../../models/testing.js';
import { decodeSafetensors } from '../../runs/safetensors.js';
import { designWithHead } from '../../tasks/design.js';
import { taskOfCount } from '../../tasks/task-of.js';
import { parametersOf, statisticsOf } from '../../train/parameters.js';
import { fitWeights } from '../fit-weights.js';
import type { TrainedModel } from '../format.js';
import { ownWeightsOf } from '../own-weights.js';
import type { Numbers } from '../conventions.js';
import { format } from './format.js';
import { timmNames } from './index.js';

beforeAll(openReference);

const CLASSES = ['cat', 'dog', 'owl'];

function trained(input: ModelInput, inputSize = 64) {
  const config = modelSchema.parse(input);
  const designed = () => designWithHead(taskOfCount(CLASSES.length), config, inputSize);
  const { net, head } = designed();
  const model = net.build(7, 'trained');
  const weights = new Map(
    [...parametersOf(model), ...statisticsOf(model)].map(({ name, variable }) => [
      name,
      { shape: variable.shape, data: Float32Array.from(variable.dataSync<'float32'>()) },
    ]),
  );
  const experiment = {
    model: config,
    data: { inputSize, resize: 'crop', cropFraction: 0.875 },
    augment: { normalize: 'symmetric' },
  } as unknown as Experiment;
  const origin = { run: 'runs/a/seed-0', checkpoint: 'best', epoch: 3 } as const;
  const own = ownWeightsOf(model);
  model.dispose();
  const handed: TrainedModel = {
    experiment,
    classes: CLASSES,
    origin,
    weights,
    design: () => designed().net,
  };
  return { handed, recipient: { weights: own, head, foreign: [timmNames(config)!] } };
}

async function written(model: TrainedModel) {
  const files = await format.write(model);
  expect([...files.keys()]).toEqual(['config.json', 'model.safetensors']);
  const config = JSON.parse(files.get('config.json') as string) as Record<string, unknown>;
  const bytes = Buffer.concat([...(files.get('model.safetensors') as Iterable<Uint8Array>)]);
  const { tensors } = decodeSafetensors(bytes, 'model.safetensors');
  return { config, tensors: tensors as ReadonlyMap<string, Numbers> };
}

describe('a folder for timm', () => {
  it('says what timm is to make, and how images become its input', async () => {
    const { handed } = trained({ family: 'resnet', blocks: [1, 1, 1, 1], attention: { type: 'se' } });
    const { config } = await written(handed);
    expect(config).toEqual({
      architecture: 'seresnet50',
      num_classes: 3,
      label_names: CLASSES,
      involve: { run: 'runs/a/seed-0', checkpoint: 'best', epoch: 3 },
      model_args: { layers: [1, 1, 1, 1] },
      pretrained_cfg: {
        ...{ num_classes: 3, input_size: [3, 64, 64], fixed_input_size: false },
        ...{ interpolation: 'lanczos', crop_pct: 0.875, crop_mode: 'center' },
        ...{ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], first_conv: 'conv1', classifier: 'fc' },
      },
    });
  });

  it('has the weights that come back bit for bit', async () => {
    const { handed, recipient } = trained({ family: 'efficientnet' });
    const { tensors } = await written(handed);
    const stored = { shown: 'model.safetensors', sha256: '', tensors, classes: CLASSES };
    const fitted = fitWeights({ ...recipient, classes: CLASSES }, stored, {
      ...{ head: 'auto', partial: false, partially: '--partial' },
    });
    expect(fitted).toMatchObject({ title: 'timm', newHead: undefined });
    expect([...fitted.tensors.keys()].sort()).toEqual([...handed.weights.keys()].sort());
    const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
      Buffer.from(buffer, byteOffset, byteLength);
    for (const [name, { shape, data }] of handed.weights) {
      const back = fitted.tensors.get(name)!;
      expect(back.shape).toEqual(shape);
      expect(Buffer.compare(bytes(back.data), bytes(data)), name).toBe(0);
    }
  });

  it('makes up for another epsilon by the variances', async () => {
    const batchNorm = { epsilon: 1e-3 };
    const { handed } = trained({ family: 'resnet', blocks: [1, 1, 1, 1], batchNorm });
    const { tensors } = await written(handed);
    // They start at 1.
    const variances = [...tensors].filter(([name]) => name.endsWith('running_var'));
    expect(variances).toHaveLength(1 + 4 * 4);
    for (const [name, { data }] of variances)
      for (const value of data) expect(value, name).toBeCloseTo(1 + 1e-3 - 1e-5, 7);
  });

  it('refuses a network that timm has not, with every reason', async () => {
    const { handed } = trained({ family: 'efficientnet', removeStages: [6, 7, 8], depthwiseKernel: 1 });
    await expect(format.write(handed)).rejects.toMatchObject({
      code: 'E_EXPORT_TIMM',
      exitCode: 2,
      problems: [
        { where: 'model.removeStages' },
        { where: 'model.depthwiseKernel', try: '--format safetensors, which has every network for PyTorch' },
      ],
    });
  });
});
