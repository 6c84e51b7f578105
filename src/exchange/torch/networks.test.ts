import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Blueprint } from '../../layers/blueprint.js';
import { SMALL_NETWORKS } from '../../models/engines.testing.js';
import { designFrom } from '../../models/testing.js';
import type { TrainedModel } from '../format.js';
import { asTrained, pixelsOf, referenceLogits, segmenting } from '../onnx/testing.js';
import { versionsOf } from '../python-reader.js';
import { format } from './format.js';

const blocks = [1, 1, 1, 1];
type Config = Parameters<typeof designFrom>[0];
const san = { family: 'san' as const, stages: [{ blocks: 1, width: 32, kernelSize: 3 }] };
const involution = { type: 'involution', groups: 4, kernelSize: 3 } as const;
const axial = { type: 'axial-attention', heads: 4 } as const;

/** What the small networks of the families have not. */
const OTHER: readonly [string, Config][] = [
  ['an attention stem', { family: 'sasa-resnet', blocks, width: 16, stem: 'attention' }],
  ['attention by position alone', resnet({ type: 'local-attention', heads: 2, relation: 'none' })],
  [
    'local relation of products',
    resnet({ type: 'local-relation', relation: 'product', groups: { channels: 5 } }),
  ],
  ['involution by products', resnet({ ...involution, generation: 'query-key' })],
  ['involution by attention', resnet({ ...involution, generation: 'query-key-softmax' })],
  ['involution by position', resnet({ ...involution, generation: 'position', dilation: 1 })],
  ['involution with kernels bounded by tanh', resnet({ ...involution, kernelBound: 'tanh' })],
  ['involution with kernels bounded by their length', resnet({ ...involution, kernelBound: 'l2' })],
  ['dilated involution', resnet({ ...involution, dilation: 2 })],
  ['octave convolution in groups', resnet({ type: 'octconv', groups: 2 })],
  ['depthwise octave convolution', resnet({ type: 'octconv', kind: 'depthwise' })],
  ['segments', resnet({ type: 'depthwise-separable', segments: 3 })],
  ['rows and columns apart', resnet({ type: 'depthwise-separable', spatiallySeparable: true })],
  ['axial attention of values that know no place', resnet({ ...axial, positions: { value: false } })],
  ...(['sum', 'hadamard', 'concatenation', 'dot'] as const).map((relation): [string, Config] => [
    `self-attention by ${relation}`,
    { ...san, attention: { type: 'pairwise', relation, position: 'none' } },
  ]),
  ['self-attention that knows its place', { ...san, attention: { type: 'pairwise' } }],
  ...(['star', 'clique'] as const).map((relation): [string, Config] => [
    `patchwise self-attention by ${relation}`,
    { ...san, attention: { type: 'patchwise', relation } },
  ]),
  ['airbench that whitens', { family: 'airbench', whitening: true, stem: 24, widths: [8, 12, 16] }],
  ['airbench with swish', { family: 'airbench', activation: 'swish', widths: [8, 12, 16] }],
];

function resnet(spatial: object): Config {
  return { family: 'resnet', blocks, width: 16, stem: 'cifar', spatial } as Config;
}

const NETWORKS: readonly [string, () => Blueprint, number][] = [
  // The largest of them have nothing that others have not.
  ...SMALL_NETWORKS.filter(([name]) => !name.startsWith('exp4')),
  ...OTHER.map(([name, config]): [string, () => Blueprint, number] => [
    name,
    () => designFrom(config, 32),
    1e-4,
  ]),
  [
    'airbench at stride 2',
    () => designFrom({ family: 'airbench', whitening: true, stemStride: 2, widths: [8, 12, 16] }, 52),
    1e-4,
  ],
  ...([null, 8] as const).flatMap((stride) =>
    (['semantic-fpn', 'upernet'] as const).map((type): [string, () => Blueprint, number] => [
      `a class of every pixel, output stride ${stride}, ${type}`,
      () => segmenting(stride, type),
      1e-4,
    ]),
  ),
];

const HAS_TORCH = typeof versionsOf(['torch', 'numpy']) === 'string';

/** Has each folder's model.py compute the pixels that lie in it. One Python for all: it takes seconds to import torch. */
const ALL = `
import importlib.util, pathlib, sys, traceback
import torch
sys.dont_write_bytecode = True
def compute(folder):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    size = program.CONFIG["input_size"]
    pixels = torch.frombuffer(bytearray((folder / "pixels").read_bytes()), dtype=torch.uint8)
    with torch.no_grad():
        logits = program.load_model()(program.normalised(pixels.view(-1, size, size, 3)))
    return logits.movedim(1, -1).contiguous().numpy().tobytes()
for folder in map(pathlib.Path, sys.argv[1:]):
    try:
        (folder / "logits").write_bytes(compute(folder))
    except Exception:
        (folder / "error").write_text(traceback.format_exc())
`;
const COUNT = 3;

describe.skipIf(!HAS_TORCH)('PyTorch computes what the reference engine does', () => {
  const root = mkdtempSync(join(tmpdir(), 'involve-torch-'));
  const folderOf = (name: string): string => join(root, name.replaceAll(/\W+/g, '-'));
  const all = new Map<string, { readonly trained: TrainedModel; readonly pixels: Uint8Array }>();

  beforeAll(async () => {
    for (const [name, design] of NETWORKS) {
      const trained = asTrained(design);
      const pixels = pixelsOf(COUNT, trained.experiment.data.inputSize);
      all.set(name, { trained, pixels });
      mkdirSync(folderOf(name));
      await writeModel(trained, folderOf(name));
      writeFileSync(join(folderOf(name), 'pixels'), pixels);
    }
    execFileSync(process.env.INVOLVE_PYTHON ?? 'python3', ['-c', ALL, ...[...all.keys()].map(folderOf)]);
  }, 600_000);
  afterAll(() => rmSync(root, { recursive: true }));

  it.each(NETWORKS)('%s', (name, _, tolerance) => {
    const { trained, pixels } = all.get(name)!;
    const error = join(folderOf(name), 'error');
    if (existsSync(error)) throw new Error(readFileSync(error, 'utf8'));
    const logits = new Float32Array(Uint8Array.from(readFileSync(join(folderOf(name), 'logits'))).buffer);
    const expected = referenceLogits(trained, pixels, COUNT);
    expect(logits).toHaveLength(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - logits[i])));
    expect(difference / largest).toBeLessThan(tolerance);
    // Another image has another answer, so that agreement means something.
    const perImage = expected.length / COUNT;
    expect(expected.slice(0, perImage)).not.toEqual(expected.slice(perImage, 2 * perImage));
  });

  it('is asked by the check of an export, and leaves nothing beside', async () => {
    const [[name]] = NETWORKS;
    const { trained, pixels } = all.get(name)!;
    const folder = join(root, 'checked');
    mkdirSync(folder);
    const names = await writeModel(trained, folder);
    const open = await format.reader();
    const reader = await open(folder);
    expect(reader.description).toMatch(/^torch \d/);
    const logits = await reader.logits(pixels, COUNT);
    await reader.close();
    expect(Buffer.from(logits.buffer).equals(readFileSync(join(folderOf(name), 'logits')))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(names);
  });
});

async function writeModel(trained: TrainedModel, folder: string): Promise<string[]> {
  const files = await format.write(trained);
  for (const [name, content] of files) {
    const parts = typeof content === 'string' || content instanceof Uint8Array ? [content] : [...content];
    writeFileSync(join(folder, name), Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
  }
  return [...files.keys()].sort();
}
