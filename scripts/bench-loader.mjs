// Images a second of the batch stream, on JPEGs of 500×375 that are drawn here: squares out of the cache, and crops cut
// out of the files, by one thread and by two; beside torchvision's DataLoader with two workers, where a Python with
// torch and torchvision is given. All take their turns, round by round; the table has medians, and ratios of the rounds.
//
//   npm run bench:loader -- [--images 1200] [--rounds 5] [--batch 32] [--size 224] [--python PYTHON] [--json]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { augment as options } from '../dist/data/augment/options.js';
import { openDataset } from '../dist/data/dataset.js';
import { drawScene, sceneClasses } from '../dist/data/sets/scenes/draw-scene.js';
import { openBatchStream } from '../dist/data/stream/open-batch-stream.js';
import { median } from '../dist/metrics/statistics.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1200' },
    rounds: { type: 'string', default: '5' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '224' },
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [images, rounds, batchSize, size] = [values.images, values.rounds, values.batch, values.size].map(
  Number,
);
const width = 500;
const height = 375;
/** Batches before the clock starts: what was made ahead of it is not counted. */
const skipped = 4;
/** Different pictures; each lies under several names. */
const drawings = 60;
const batches = Math.floor(images / batchSize);
if (![images, rounds, batchSize, size].every((value) => Number.isInteger(value) && value > 0)) {
  throw new Error('--images, --rounds, --batch and --size are whole numbers above 0');
}
if (batches < 2 * skipped) throw new Error(`--images must be at least ${2 * skipped * batchSize}`);

const folder = mkdtempSync(join(tmpdir(), 'involve-bench-loader-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

await drawImages();
const crops = { scale: [0.35, 1], ratio: [0.75, 1.3333] };
const augment = options.parse({ flip: true, randomResizedCrop: crops, normalize: 'imagenet' });
const ours = [
  { name: 'squares out of the cache, 1 thread', resize: 'squeeze', cache: 'whole', workers: 1 },
  { name: 'crops out of the files, 1 thread', resize: 'crop', cache: 'none', workers: 1 },
  { name: 'crops out of the files, 2 threads', resize: 'crop', cache: 'none', workers: 2 },
];
const runs = await Promise.all(ours.map(openOurs));
if (values.python !== undefined) runs.push(await openTorchvision(values.python));

const rates = runs.map(() => []);
for (let round = 0; round <= rounds; round++) {
  for (const [i, run] of runs.entries()) {
    const rate = await run.rate();
    // The first round fills the caches of the system.
    if (round > 0) rates[i].push(rate);
  }
}
for (const run of runs) await run.close();
report();

async function drawImages() {
  const square = new Uint8Array(width * width * 3);
  const jpegs = [];
  for (let i = 0; i < Math.min(drawings, images); i++) {
    drawScene(square, width, i % sceneClasses.length, 0, 'train', i);
    const scene = sharp(square, { raw: { width, height: width, channels: 3 } });
    const cut = scene.extract({ left: 0, top: (width - height) >> 1, width, height });
    jpegs.push(await cut.jpeg({ quality: 90 }).toBuffer());
  }
  for (const [split, count] of [
    ['train', images],
    ['test', sceneClasses.length],
  ]) {
    for (let i = 0; i < count; i++) {
      const name = sceneClasses[i % sceneClasses.length];
      const file = join(folder, 'images', split, name, `${String(i).padStart(6, '0')}.jpg`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, jpegs[i % jpegs.length]);
    }
  }
}

async function openOurs({ name, resize, cache, workers }) {
  const data = {
    ...{ name: 'image-folder', dir: join(folder, 'images'), inputSize: size },
    ...{ resize, cropFraction: 0.875, cache, workers, validation: 'test', splitSeed: 0 },
    ...{ limit: { train: null, validation: null, test: null }, skipBadImages: false },
  };
  const dataset = await openDataset(data, {
    cacheDir: join(folder, 'cache'),
    randomCrops: true,
    splits: ['train'],
  });
  let step = 0;
  return {
    name,
    /** A stream of its own each time, so that its threads are idle while others are measured. */
    async rate() {
      const stream = openBatchStream(dataset.train, { batchSize, seed: 0, augment, training: true, workers });
      const next = async () => {
        const at = step++;
        await stream.batch(Math.floor(at / stream.batchesPerEpoch), at % stream.batchesPerEpoch);
      };
      for (let i = 0; i < skipped; i++) await next();
      const started = performance.now();
      for (let i = skipped; i < batches; i++) await next();
      const seconds = (performance.now() - started) / 1000;
      await stream.close();
      return ((batches - skipped) * batchSize) / seconds;
    },
    close: () => dataset.close(),
  };
}

async function openTorchvision(python) {
  const program = `
import sys, time, torch
from torchvision import datasets, transforms as T
from torch.utils.data import DataLoader
torch.set_num_threads(1)
transform = T.Compose([
    T.RandomResizedCrop(${size}, scale=(0.35, 1), ratio=(0.75, 1.3333)), T.RandomHorizontalFlip(), T.ToTensor(),
    T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
data = datasets.ImageFolder(sys.argv[1], transform)
loader = DataLoader(data, ${batchSize}, shuffle=True, num_workers=2, drop_last=True, persistent_workers=True)
for _ in sys.stdin:
    for i, batch in enumerate(loader):
        if i == ${skipped - 1}: started = time.perf_counter()
    print((len(loader) - ${skipped}) * ${batchSize} / (time.perf_counter() - started), flush=True)
`;
  const child = spawn(python, ['-c', program, join(folder, 'images/train')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${python} ended with exit code ${code}`)));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: 'torchvision, DataLoader with 2 workers',
    async rate() {
      child.stdin.write('go\n');
      const { value } = await Promise.race([lines.next(), ended]);
      return Number(value);
    },
    async close() {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}

function report() {
  const base = values.python === undefined ? 1 : runs.length - 1;
  const rows = runs.map(({ name }, i) => ({
    name,
    imagesPerSecond: median(rates[i]),
    lowest: Math.min(...rates[i]),
    highest: Math.max(...rates[i]),
    ratio: median(rates[i].map((rate, round) => rate / rates[base][round])),
  }));
  const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ machine, images, batchSize, size, rounds, base: runs[base].name, rows })}\n`,
    );
    return;
  }
  const line = (...cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  process.stdout.write(
    `${images} JPEGs of ${width}×${height} to ${size}×${size}, batches of ${batchSize}, ${rounds} rounds; ${machine}\n\n`,
  );
  line('', 'images/s (lowest … highest)', `over ${runs[base].name}`);
  line('---', '---', '---');
  for (const row of rows) {
    const [rate, low, high] = [row.imagesPerSecond, row.lowest, row.highest].map((value) =>
      Math.round(value),
    );
    line(row.name, `${rate} (${low} … ${high})`, `${row.ratio.toFixed(2)}×`);
  }
}
