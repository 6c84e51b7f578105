import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { pixelsOf } from '../../exchange/onnx/testing.js';
import { format } from '../../exchange/tfjs/format.js';
import { decodeImages } from '../../session/decode-images.js';
import { makeTrainedRun } from '../../session/trained-run.testing.js';
import { Browser, NO_CHROMIUM, type Page } from '../../util/page/chromium.testing.js';
import { serveFolder } from '../../util/page/serve-folder.testing.js';
import type { CommandContext } from '../command.js';
import { exportCommand } from './export.js';
import { predict } from './predict.js';

const SIZE = 32;
const HOSTILE = [
  '<img src=x onerror="globalThis.wasHurt = true">',
  '</script><script>globalThis.wasHurt = true</script>',
  'javascript:globalThis.wasHurt=true',
  '"\u202e\n& <b>bold</b>',
  '__proto__',
  '${globalThis.wasHurt = true}',
];
const FILE = '<img src=x onerror=globalThis.wasHurt=true>.png';

let folder: ConfigFolder;
let browser: Browser;
let page: Page;
let server: Server;
let url: string;
const printed: string[] = [];
const context = (): CommandContext =>
  ({
    print: (line: string) => printed.push(line),
    note: () => undefined,
    cwd: folder.path,
  }) as unknown as CommandContext;
const path = (name: string): string => join(folder.path, name);

/** A smooth picture with an edge. */
function picture(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const light = x > y ? 60 : 0;
    pixels.set(
      [light + 90 + 80 * Math.sin(x / 19), light + 90 + 80 * Math.cos(y / 23), 2 * (y % 100)],
      3 * i,
    );
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

beforeAll(async () => {
  folder = await makeTrainedRun(
    { family: 'efficientnet', attention: { type: 'involution' }, removeStages: [4, 5, 6, 7, 8] },
    { name: 'scenes', inputSize: SIZE, scenes: { train: 24, test: 20 } },
  );
  const record = readFileSync(path('run/environment.json'), 'utf8');
  cpSync(path('run'), path('hostile'), { recursive: true });
  const named = record.replace(/"classes": \[[^\]]*\]/, () => `"classes": ${JSON.stringify(HOSTILE)}`);
  writeFileSync(path('hostile/environment.json'), named);
  await picture(300, 200).png().toFile(path('photo.png'));
  await picture(320, 240).jpeg({ quality: 95 }).toFile(path('photo.jpg'));
  await picture(210, 300).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toFile(path('turned.jpg'));
  await picture(20, 24).png().toFile(path('small.png'));
  await picture(90, 90).png().toFile(path(FILE));
});
afterAll(() => folder.remove());

const run = (flags: object, name = 'run') =>
  exportCommand.run({ run: name }, { format: 'tfjs', check: 0, ...flags }, context());

describe('involve export --format tfjs', () => {
  it('writes a folder that its own module has read, and says how near it is', async () => {
    printed.length = 0;
    expect(await run({ out: 'made', check: 4 })).toBe(0);
    expect(printed[0]).toMatch(/^wrote made \(\d\.\d MB\), best checkpoint \(epoch 1\)$/);
    expect(printed[1]).toMatch(/^read by its own module, beside .*: 4 images of test, the same class for 4$/);
  });
});

describe.skipIf(NO_CHROMIUM)('the page of an exported network, in Chromium', () => {
  interface Shown {
    readonly status: string;
    readonly answers: readonly (readonly [name: string, value: number, percent: string])[];
  }
  const shown = () =>
    page.evaluate<Shown>(`({
      status: document.querySelector('#status').textContent,
      answers: [...document.querySelectorAll('#answers li')].map((row) =>
        [row.children[0].textContent, row.children[1].value, row.children[2].textContent]),
    })`);
  const ready = () =>
    page.until(`/^ready|^the network/.test(document.querySelector('#status')?.textContent)`);
  const choose = async (name: string): Promise<Shown> => {
    await page.choose('#file', path(name));
    await page.until(`document.querySelector('#status').textContent.endsWith(${JSON.stringify(name)})`);
    return shown();
  };

  beforeAll(async () => {
    await run({ out: 'site' });
    ({ url, server } = await serveFolder(path('site')));
    browser = new Browser();
    page = await browser.open(url);
    await ready();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it('computes the very logits that its module gives elsewhere', async () => {
    const pixels = pixelsOf(2, SIZE);
    const file = await (await format.reader())(path('site'));
    const expected = await file.logits(pixels, 2);
    const found = await page.evaluate<number[]>(`(async () => {
      const { loadModel } = await import('./model.js');
      const model = await loadModel();
      const pixels = Uint8Array.from(${JSON.stringify([...pixels])});
      const half = pixels.length / 2;
      return [0, half].flatMap((at) => [...model.logits(pixels.subarray(at, at + half))]);
    })()`);
    expect(found).toEqual([...expected]);
    expect(new Set(found).size).toBeGreaterThan(6);
  });

  it('sees an image file as the run does, within a few levels, and is as sure of its classes', async () => {
    for (const name of ['photo.png', 'photo.jpg', 'turned.jpg', 'small.png']) {
      printed.length = 0;
      await predict.run({ run: 'run', image: [name] }, { top: 6, json: true }, context());
      const { classes } = JSON.parse(printed[0]) as { classes: { name: string; probability: number }[] };
      const { answers } = await choose(name);
      expect(answers, name).toHaveLength(5);
      expect(answers[0][0], name).toBe(classes[0].name);
      for (const [label, value] of answers)
        expect(value, `${name}: ${label}`).toBeCloseTo(
          classes.find((each) => each.name === label)!.probability,
          2,
        );
      const [expected] = await decodeImages(
        [name],
        { inputSize: SIZE, resize: 'squeeze', cropFraction: 1 },
        folder.path,
      );
      const seen = await page.evaluate<number[]>(`(async () => {
        const { loadModel } = await import('./model.js');
        const model = await loadModel();
        const canvas = document.querySelector('#picture');
        return [...model.pixelsOf(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height))];
      })()`);
      const differences = seen.map((value, i) => Math.abs(value - expected[i]));
      // A browser's decoder of JPEG is not quite libvips's.
      expect(Math.max(...differences), name).toBeLessThanOrEqual(name.endsWith('.png') ? 2 : 6);
      expect(differences.reduce((sum, each) => sum + each, 0) / differences.length, name).toBeLessThan(0.75);
    }
  });

  it('says of what is no image that it is none, and goes on', async () => {
    writeFileSync(path('text.png'), 'no image');
    const { status } = await choose('text.png');
    expect(status).toBe('not an image that this browser reads: text.png');
    expect((await choose('photo.png')).status).toBe('photo.png');
  });

  it('takes an image that is dropped', async () => {
    const bytes = readFileSync(path('small.png')).toString('base64');
    await page.evaluate(`(async () => {
      const bytes = Uint8Array.from(atob('${bytes}'), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
    await page.until(`document.querySelector('#status').textContent.endsWith('dropped.png')`);
    const { answers } = await shown();
    expect(answers).toEqual((await choose('small.png')).answers);
  });

  it('classifies what the camera sees until it is stopped', async () => {
    const click = () => page.evaluate(`document.querySelector('#camera').click()`);
    const size = 'document.querySelector("#picture").width';
    const before = await page.evaluate<number>(size);
    await click();
    await page.until(
      `${size} !== ${before} || document.querySelector('#status').textContent.startsWith('no camera')`,
    );
    expect(await shown()).toMatchObject({ status: 'what the camera sees', answers: { length: 5 } });
    await click();
    expect(await page.evaluate(`document.querySelector('#camera').textContent`)).toBe('Use the camera');
  });

  it('shows hostile names of classes and files as what they are', async () => {
    await run({ out: 'trap' }, 'hostile');
    const trap = await serveFolder(path('trap'));
    try {
      page = await browser.open(trap.url);
      await ready();
      const { status, answers } = await choose(FILE);
      expect(status).toBe(FILE);
      for (const [name] of answers) expect([...HOSTILE, '"\\u{202e}\\n& <b>bold</b>']).toContain(name);
      expect(answers.map(([name]) => name).filter((name) => name.includes('wasHurt')).length).toBeGreaterThan(
        2,
      );
      expect(
        await page.evaluate(
          `[document.querySelectorAll('img, b').length, document.scripts.length, 'wasHurt' in globalThis]`,
        ),
      ).toEqual([0, 1, false]);
    } finally {
      trap.server.close();
    }
  });
});
