import { describe, expect, it } from 'vitest';
import { designFrom } from '../../models/testing.js';
import { definitionsOf, pythonCall } from './python.js';
import { torchProgram } from './program.js';

const title = { origin: 'exp3/seed-0, best checkpoint (epoch 12)', classes: 6 };

/** Without what all programs have. */
function networkOf(program: string): string[] {
  return program.slice(program.indexOf('class Network')).split('\n');
}

describe('a network as Python', () => {
  const config = { family: 'resnet', blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' } as const;
  const spatial = { type: 'involution', groups: 2, kernelSize: 3, dilation: 2 } as const;
  const design = () => designFrom({ ...config, blocks: [...config.blocks], spatial }, 16);

  it('has a line a layer, in the order of the computation, with what it takes and the size that it makes', () => {
    const lines = networkOf(torchProgram(design(), title));
    expect(lines.slice(0, 21)).toEqual([
      'class Network(Layers):',
      '    """Images [batch, 3, 16, 16], normalised → logits [batch, 10]."""',
      '',
      '    def __init__(self):',
      '        super().__init__()',
      '        self.add("stem.conv", Convolution(3, 4, 3, padding="symmetric"))  # 16×16×4',
      '        self.add("stem.bn", BatchNorm(4, "relu"))',
      '',
      '        self.add("stage1.block1.reduce", Convolution(4, 4, 1))',
      '        self.add("stage1.block1.reduce_bn", BatchNorm(4, "relu"))',
      '        self.add("stage1.block1.spatial", Involution(4, groups=2, reduction_ratio=4, kernel_size=3, dilation=2))',
      '        self.add("stage1.block1.spatial_bn", BatchNorm(4, "relu"))',
      '        self.add("stage1.block1.expand", Convolution(4, 16, 1))  # 16×16×16',
      '        self.add("stage1.block1.expand_bn", BatchNorm(16))',
      '        self.add("stage1.block1.shortcut", Convolution(4, 16, 1), "stem.bn")',
      '        self.add("stage1.block1.shortcut_bn", BatchNorm(16))',
      '        self.add("stage1.block1.add", Add(), "stage1.block1.expand_bn", "stage1.block1.shortcut_bn")',
      '        self.add("stage1.block1.relu", Activation("relu"))',
      '',
      '        self.add("stage2.block1.reduce", Convolution(16, 8, 1))  # 16×16×8',
      '        self.add("stage2.block1.reduce_bn", BatchNorm(8, "relu"))',
    ]);
    expect(lines.slice(-6)).toEqual([
      '        self.add("head.classifier", nn.Linear(128, 10))  # 10',
      '',
      '',
      'if __name__ == "__main__":',
      '    main(sys.argv[1:])',
      '',
    ]);
  });

  it('defines what it uses, and nothing else', () => {
    const program = torchProgram(design(), title);
    const defined = [...program.matchAll(/^(?:class|def) (\w+)/gm)].map(([, name]) => name);
    expect(defined).toEqual([
      ...['Layers', 'read_tensors', 'load_model', 'fit', 'normalised', 'main'],
      ...['same', 'Convolution', 'BatchNorm', 'Activation', 'Add', 'average_pool', 'GlobalAveragePooling'],
      ...['window', 'weighted_sum', 'Involution', 'Network'],
    ]);
  });

  it('has the batch norm of its config, momentum as PyTorch counts it', () => {
    const batchNorm = { epsilon: 1e-4, momentum: 0.95 };
    const net = designFrom({ ...config, blocks: [...config.blocks], batchNorm }, 16);
    expect(torchProgram(net, title)).toContain('\nEPSILON = 0.0001\nMOMENTUM = 0.05\n');
  });
});

describe('Python', () => {
  it('writes values in its own notation', () => {
    expect(
      pythonCall('Layer', [3, [1, 7], ['one'], { high: 2 }], {
        kernelSize: null,
        bias: true,
        name: 'a "b"\n',
        left: undefined,
      }),
    ).toBe('Layer(3, (1, 7), ("one",), {"high": 2}, kernel_size=None, bias=True, name="a \\"b\\"\\n")');
  });

  it('takes of modules what is called and what that needs, in their order', () => {
    const module =
      '"""A module."""\n\nimport x\n\nA = 1\n\n\ndef f():\n    return A\n\n\ndef g():\n    pass\n\n\nclass C:\n\n    h = f()\n';
    expect(definitionsOf([module], ['C'])).toEqual([
      'A = 1',
      'def f():\n    return A',
      'class C:\n\n    h = f()',
    ]);
    expect(() => definitionsOf([module], ['D'])).toThrow('no Python module defines D');
  });
});
