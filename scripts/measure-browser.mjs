// Exports networks for browsers, opens each page several times in Chromium, with a new profile each time, and writes
// what the folder weighs and how long it takes from opening the page to the first class into docs/export.md.
//
//   npm run measure:browser
//   node scripts/measure-browser.mjs --loads 3 --print
//
// It needs a build and Chromium; pages come from this machine, so what a network takes is not in it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { runnerImport } from 'vite';
import { median } from '../dist/metrics/statistics.js';
import { involve, root, trainBriefly } from './export/brief-run.mjs';
import { writePart } from './export/write-part.mjs';

const [{ Browser, CHROMIUM, NO_CHROMIUM }, { serveFolder }] = await Promise.all(
  ['chromium', 'serve-folder'].map(async (name) => {
    const file = join(root, `src/util/page/${name}.testing.ts`);
    return (await runnerImport(file, { configFile: false })).module;
  }),
);
if (NO_CHROMIUM !== undefined) throw new Error(NO_CHROMIUM);

const NETWORKS = [
  { name: 'EfficientNet-B0 with involution (exp3)', config: 'configs/exp3.json', size: 224 },
  { name: 'ResNet-26, narrow', config: 'configs/resnet/small-resnet-26.yaml', size: 32 },
];
/** The picture that is classified, with the size of one from a camera. */
const PICTURE = { width: 640, height: 480 };

const { values } = parseArgs({
  options: { loads: { type: 'string', default: '7' }, print: { type: 'boolean', default: false } },
});
const loads = Number(values.loads);
const temporary = mkdtempSync(join(tmpdir(), 'involve-browser-'));

/** Written into a page before its own scripts: drops the picture as soon as the network is there, and once more. */
function watch(picture) {
  return `globalThis.measured = new Promise((done, fail) => {
    const bytes = Uint8Array.from(atob('${picture.toString('base64')}'), (letter) => letter.charCodeAt(0));
    const drop = () => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], 'picture.png', { type: 'image/png' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      return performance.now();
    };
    const begin = () => {
      const [status, answers] = ['#status', '#answers'].map((id) => document.querySelector(id));
      let ready, first, again;
      new MutationObserver(() => {
        if (/^(the network|not an)/.test(status.textContent)) fail(new Error(status.textContent));
        if (ready === undefined && status.textContent.startsWith('ready')) ready = drop();
        // The page names the picture when it is done with it.
        else if (again === undefined && status.textContent === 'picture.png') {
          status.textContent = '';
          again = drop();
        }
      }).observe(status, { childList: true });
      new MutationObserver(() => {
        if (first === undefined) first = performance.now();
        else done({ ready, first, next: performance.now() - again });
      }).observe(answers, { childList: true });
    };
    document.addEventListener('readystatechange', () => document.readyState === 'interactive' && begin());
  });`;
}

async function timesOf(folder, script) {
  const { url, server } = await serveFolder(folder);
  const times = [];
  try {
    for (let i = 0; i < loads; i++) {
      const browser = new Browser();
      try {
        const page = await browser.open(url, { script });
        times.push(await page.evaluate('measured'));
      } finally {
        await browser.close();
      }
    }
  } finally {
    server.close();
  }
  return Object.fromEntries(['ready', 'first', 'next'].map((key) => [key, times.map((each) => each[key])]));
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const milliseconds = (times) =>
  `${Math.round(median(times))} (${Math.round(Math.min(...times))}–${Math.round(Math.max(...times))})`;

async function row({ name, config, size }, script) {
  const [run, folder] = [join(temporary, `${size}-run`), join(temporary, `${size}-page`)];
  trainBriefly(config, run, {
    'data.name': 'scenes',
    'data.inputSize': size,
    'data.scenes.train': 60,
    'data.scenes.test': 12,
    'data.limit.train': 8,
    'train.batchSize': 4,
    'train.epochs': 1,
    'engine.name': 'wasm',
  });
  involve('export', run, '--format', 'tfjs', '--check', '0', '--out', folder);
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  const total = (sizes) => megabytes(sizes.reduce((sum, bytes) => sum + bytes, 0));
  const { ready, first, next } = await timesOf(folder, script);
  const sizes = [files.map(({ length }) => length), files.map((file) => gzipSync(file).length)].map(total);
  const cells = [name, `${size}×${size}`, ...sizes, ...[ready, first, next].map(milliseconds)];
  process.stderr.write(`${cells.join(', ')}\n`);
  return cells;
}

try {
  const { width, height } = PICTURE;
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i >> 4) & 255));
  const picture = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  const rows = [];
  const load = loadavg()[0];
  for (const network of NETWORKS) rows.push(await row(network, watch(picture)));
  const chromium = execFileSync(CHROMIUM, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).match(/\w+ [\d.]+/)[0];
  const [{ model }, { length: cores }] = [cpus()[0], cpus()];
  const lines = [
    `${chromium}, ${model.trim()}, ${cores} cores; ${loads} loads, each in a browser just started; milliseconds as median (least–most). ` +
      `The machine had other work: a load average of ${load.toFixed(1)} before and ${loadavg()[0].toFixed(1)} after. An idle one is faster.`,
    '',
    '| network | input | on disk | as gzip | page to network ready | page to first class | another picture |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ];
  if (values.print) process.stdout.write(`${lines.join('\n')}\n`);
  else writePart('times in a browser', lines);
} finally {
  rmSync(temporary, { recursive: true });
}
