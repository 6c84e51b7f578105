// Trains a network of every family for a few steps, exports it, has the format's own library read the file, and writes
// how far its logits are from those of the run into docs/export.md.
//
//   npm run docs:export -- --data FOLDER     CIFAR-10's folder (default: datasets/cifar10)
//   npm run docs:export -- --format safetensors, timm or tfjs
//   node scripts/export-parity.mjs --data FOLDER --only san,rednet --print
//
// It needs a build, CIFAR-10 and what reads the format; a row takes two starts of this program and twenty steps of training.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { involve, trainBriefly } from './export/brief-run.mjs';
import { writePart } from './export/write-part.mjs';

/** A config of every family, and of every operator that a family is made of. */
const EVERY_NETWORK = [
  ['EfficientNet-B0 with SE', 'configs/exp0.json'],
  ['EfficientNet-B0 with involution (exp3)', 'configs/exp3.json'],
  ['ResNet', 'configs/resnet/small-resnet-26.yaml'],
  ['RedNet (involution)', 'configs/rednet/rednet-cifar.yaml'],
  ['Wide ResNet of octave convolutions', 'configs/octconv/small-wrn-alpha-0.5.yaml'],
  ['OctConv article', 'configs/octconv/small-article-alpha-0.5.yaml'],
  ['Xception', 'configs/xception/xception-cifar.yaml'],
  ['Inception V3', 'configs/inception/inception-v3-cifar.yaml'],
  ['SASA (local attention)', 'configs/sasa/sasa-cifar.yaml'],
  ['Axial attention', 'configs/axial/axial-cifar.yaml'],
  ['LR-Net (local relation)', 'configs/lr-net/lr-net-cifar.yaml'],
  ['SAN, pairwise', 'configs/san/san-pair-cifar.yaml'],
  ['SAN, patchwise', 'configs/san/san-patch-cifar.yaml'],
  ['BoTNet (global attention)', 'configs/botnet/botnet-cifar.yaml'],
  ['airbench', 'configs/baselines/cifar10.yaml'],
];
/** ResNets as timm has them, whose stem makes maps four times smaller. */
const AS_IN_TIMM = { 'model.stem': 'imagenet', 'model.width': 64, 'data.inputSize': 64 };
/** Those of them that timm has, by what differs from the config. */
const NETWORKS_OF_TIMM = [
  ['EfficientNet-B0 with SE', 'configs/exp0.json'],
  ['ResNet-26', 'configs/resnet/small-resnet-26.yaml', AS_IN_TIMM],
  [
    'ResNet-26 with SE',
    'configs/resnet/small-resnet-26.yaml',
    { ...AS_IN_TIMM, 'model.attention.type': 'se' },
  ],
  ['Xception', 'configs/xception/xception.yaml', { 'data.inputSize': 71 }],
];
const IMAGES = 100;
const STEPS = 20;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'datasets/cifar10' },
    format: { type: 'string', default: 'onnx' },
    only: { type: 'string' },
    print: { type: 'boolean', default: false },
  },
});
const data = resolve(values.data);
const temporary = mkdtempSync(join(tmpdir(), 'involve-parity-'));

function row([name, config, set = {}]) {
  const run = join(temporary, name.replaceAll(/\W+/g, '-'));
  trainBriefly(config, run, {
    'data.name': 'cifar10',
    'data.dir': data,
    'data.inputSize': 32,
    'data.limit.train': 640,
    'data.limit.validation': 50,
    'data.limit.test': IMAGES,
    'train.batchSize': 32,
    'train.epochs': 1,
    ...set,
  });
  const { check } = JSON.parse(
    involve('export', run, '--format', values.format, '--check', String(IMAGES), '--json'),
  );
  const { images, sameTop1, largestDifference, largestLogit } = check;
  const sizes = [String(Number(largestLogit.toPrecision(2))), largestDifference.toExponential(1)];
  const cells = [name, values.format, ...sizes, `${sameTop1} of ${images}`];
  process.stderr.write(`${cells.join(', ')}\n`);
  return { cells, check };
}

/** A network that fails is told, and the table has the others. */
function rowOrNone(config) {
  try {
    return [row(config)];
  } catch (error) {
    process.stderr.write(`${config[0]}: ${error.stderr || error.message}\n`);
    process.exitCode = 1;
    return [];
  }
}

const wanted = values.only?.split(',');
const networks = values.format === 'timm' ? NETWORKS_OF_TIMM : EVERY_NETWORK;
const chosen = networks.filter(
  ([, config]) => wanted === undefined || wanted.some((each) => config.includes(each)),
);
try {
  const rows = chosen.flatMap(rowOrNone);
  if (rows.length === 0) throw new Error('no network was exported');
  const { reader, engine } = rows[0].check;
  const lines = [
    `${reader} beside ${engine}; ${IMAGES} test images of CIFAR-10, after ${STEPS} steps of 32 images.`,
    '',
    '| network | format | largest logit | largest difference | same class |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ cells }) => `| ${cells.join(' | ')} |`),
  ];
  if (values.print) process.stdout.write(`${lines.join('\n')}\n`);
  else writePart(`parity of ${values.format}`, lines);
} finally {
  rmSync(temporary, { recursive: true });
}
