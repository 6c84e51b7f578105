import { describe, expect, it } from 'vitest';
import { designFrom } from '../../models/testing.js';
import { decodeSafetensors } from '../../runs/safetensors.js';
import { asTrained } from '../onnx/testing.js';
import type { TrainedModel } from '../format.js';
import { format } from './format.js';

async function written(model: TrainedModel) {
  const files = await format.write(model);
  expect([...files.keys()]).toEqual(['config.json', 'model.py', 'model.safetensors']);
  const bytes = Buffer.concat([...(files.get('model.safetensors') as Iterable<Uint8Array>)]);
  const { tensors } = decodeSafetensors(bytes, 'model.safetensors');
  return {
    config: JSON.parse(files.get('config.json') as string) as Record<string, unknown>,
    program: files.get('model.py') as string,
    tensors,
  };
}

describe('a folder for PyTorch', () => {
  const involution = { type: 'involution', groups: 2, kernelSize: 3 } as const;
  const design = (spatial: object) => () =>
    designFrom(
      { family: 'resnet', blocks: [1, 1, 1, 1], width: 4, stem: 'cifar', spatial } as Parameters<
        typeof designFrom
      >[0],
      16,
    );

  it('has kernels in its layouts, by names of modules', async () => {
    const model = asTrained(design(involution));
    const { tensors } = await written(model);
    expect(tensors.size).toBe(model.weights.size);
    const stored = tensors.get('stem.conv.weight')!;
    const ours = model.weights.get('stem/conv/kernel')!;
    expect(ours.shape).toEqual([3, 3, 3, 4]);
    expect(stored.shape).toEqual([4, 3, 3, 3]);
    // [filter 1, channel 2, row 0, column 1]
    expect(stored.data[27 + 18 + 1]).toBe(ours.data[(1 * 3 + 2) * 4 + 1]);
    const names = [...tensors.keys()].filter((name) => name.startsWith('stage2.block1.spatial.'));
    expect(names.sort()).toEqual(
      [
        ...['reduce.weight', 'reduce_bn.bias', 'reduce_bn.running_mean', 'reduce_bn.running_var'],
        ...['reduce_bn.weight', 'span.bias', 'span.weight'],
      ].map((part) => `stage2.block1.spatial.${part}`),
    );
    expect(tensors.get('head.classifier.weight')!.shape).toEqual([10, 128]);
  });

  it('says how images become its input, and what the classes are, whatever their names', async () => {
    const model = asTrained(design(involution));
    const classes = ['a"""\n', 'import os', 'é', 'd', 'e', 'f'];
    const origin = { ...model.origin, run: 'a"""\nimport os\n"""/seed-0' };
    const { config, program } = await written({ ...model, classes, origin });
    expect(config).toEqual({
      classes,
      input_size: 16,
      resize: 'squeeze',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      involve: origin,
    });
    expect(program.split('\n').slice(0, 2)).toEqual([
      '"""',
      'a____import os____/seed-0, best checkpoint (epoch 3): images of 16×16 pixels, 6 classes.',
    ]);
  });
});
