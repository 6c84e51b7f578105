import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { InvolveError } from '../../util/errors.js';
import { openDataset } from '../dataset.js';
import { detectLayout } from '../detect-layout.js';
import { getDataset } from '../get/get-dataset.js';
import { FileServer } from '../get/server.testing.js';
import { openSource } from '../open-source.js';
import { dataConfig, temporaryFolder } from '../sample-data.testing.js';
import { fashionMnist } from './fashion-mnist.js';

const side = 28;
const names = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
};

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}

/** Image i is i in its first pixel, 255 in its last, 7 between; its label is i modulo 10. */
function files(split: 'train' | 'test', count: number): Record<string, Buffer> {
  const pixels = Buffer.alloc(count * side * side, 7);
  for (let i = 0; i < count; i++) {
    pixels[i * side * side] = i;
    pixels[(i + 1) * side * side - 1] = 255;
  }
  return {
    [names[split].images]: Buffer.concat([numbers(0x0803, count, side, side), pixels]),
    [names[split].labels]: Buffer.concat([
      numbers(0x0801, count),
      Buffer.from(Array.from({ length: count }, (_, i) => i % 10)),
    ]),
  };
}

/** A folder of the four files, `change` made to what is in them. */
function folder(
  change: (content: Record<string, Buffer>) => void = () => {},
  gzipped = true,
): { dir: string; content: Record<string, Buffer> } {
  const content = { ...files('train', 40), ...files('test', 20) };
  change(content);
  const dir = temporaryFolder();
  for (const [name, bytes] of Object.entries(content)) {
    writeFileSync(join(dir, gzipped ? `${name}.gz` : name), gzipped ? gzipSync(bytes) : bytes);
  }
  return { dir, content };
}

async function refusal(dir: string): Promise<InvolveError> {
  return openSource(dataConfig({ name: 'fashion-mnist', dir })).then(
    () => expect.fail('expected it to fail'),
    (error: unknown) => error as InvolveError,
  );
}

describe('fashion-mnist', () => {
  it.each([true, false])('turns grey into three equal channels (gzipped: %s)', async (gzipped) => {
    const { dir } = folder(undefined, gzipped);
    const config = dataConfig({ name: 'fashion-mnist', dir, inputSize: side });
    const dataset = await openDataset(config, { cacheDir: temporaryFolder() });
    expect(dataset.classes).toEqual(fashionMnist.classes);
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([30, 10, 20]);
    expect(dataset.notes).toEqual([
      '40 train images; the published set has 60000',
      '20 test images; the published set has 10000',
    ]);
    const pixels = new Uint8Array(side * side * 3);
    dataset.test.read(13, pixels, 0);
    expect(dataset.test.labels[13]).toBe(3);
    expect([...pixels.subarray(0, 6)]).toEqual([13, 13, 13, 7, 7, 7]);
    expect([...pixels.subarray(-3)]).toEqual([255, 255, 255]);
    await dataset.close();
  });

  it('is resized like every set of small images', async () => {
    const { dir } = folder();
    const { train } = await openSource(dataConfig({ name: 'fashion-mnist', dir }));
    const pixels = new Uint8Array(14 * 14 * 3);
    await train.read(0, 14, pixels);
    expect([...pixels.subarray(3 * 100, 3 * 100 + 3)]).toEqual([7, 7, 7]);
    expect(pixels[pixels.length - 1]).toBeGreaterThan(7);
  });

  it('is recognised by its files', async () => {
    expect(await detectLayout(folder().dir)).toBe('fashion-mnist');
    expect(await detectLayout(folder(undefined, false).dir)).toBe('fashion-mnist');
  });

  it.each([
    [
      'the magic of another file',
      names.train.images,
      (bytes: Buffer) => Buffer.concat([numbers(0x0801), bytes.subarray(4)]),
      'expected an IDX file that starts with 0x00000803 but found 0x00000801',
    ],
    [
      'images of another size',
      names.test.images,
      (bytes: Buffer) => Buffer.concat([numbers(0x0803, 20, 32, 32), bytes.subarray(16)]),
      'expected images of 28×28 but found 32×32',
    ],
    [
      'fewer bytes than the header says',
      names.test.images,
      (bytes: Buffer) => bytes.subarray(0, -10),
      'its header says 20 images, 15696 bytes, but there are 15686',
    ],
    [
      'more bytes than the header says',
      names.train.labels,
      (bytes: Buffer) => Buffer.concat([bytes, numbers(0)]),
      'its header says 40 labels, 48 bytes, but there are 52',
    ],
    [
      'a header cut short',
      names.train.labels,
      (bytes: Buffer) => bytes.subarray(0, 5),
      'the file ends within its header, after 5 bytes',
    ],
    [
      'other numbers of images and labels',
      names.test.labels,
      () => files('test', 19)[names.test.labels]!,
      'there are 19 labels for 20 images',
    ],
    [
      'labels that are none',
      names.train.labels,
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([10])]),
      'expected a label from 0 to 9 but found 10',
    ],
  ])('refuses %s', async (_, name, change, message) => {
    const { dir } = folder((content) => (content[name] = change(content[name]!)));
    const error = await refusal(dir);
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(message);
    expect(error.problems[0]!.where).toContain(`${name}.gz`);
  });

  it('refuses gzip that is cut short or is none, and files that are missing', async () => {
    const { dir } = folder();
    const path = join(dir, `${names.train.images}.gz`);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, -20));
    const cut = await refusal(dir);
    expect(cut.exitCode).toBe(2);
    expect(cut.problems).toEqual([
      {
        what: 'the gzip file is damaged or cut short: unexpected end of file',
        where: path,
        try: 'fetch it again: `involve data get fashion-mnist`',
      },
    ]);
    writeFileSync(path, 'hello');
    expect((await refusal(dir)).message).toMatch(/^the gzip file is damaged or cut short: incorrect header/);
    rmSync(path);
    const missing = await refusal(dir);
    expect([missing.message, missing.exitCode]).toEqual(['a file of Fashion-MNIST is missing', 2]);
  });

  it('is fetched file by file', async () => {
    const { dir } = folder();
    const server = await FileServer.start(Buffer.alloc(0));
    try {
      const served = readdirSync(dir).map((name) => {
        const content = readFileSync(join(dir, name));
        server.routes.set(`/${name}`, (response) => response.end(content));
        const sha256 = createHash('sha256').update(content).digest('hex');
        return { url: server.url(`/${name}`), format: 'as-is' as const, sha256 };
      });
      const cwd = temporaryFolder();
      mkdirSync(join(cwd, 'datasets'));
      const set = { ...fashionMnist, fetch: { ...fashionMnist.fetch!, files: served } };
      const got = await getDataset(set, { cwd });
      expect(readdirSync(got.dir).sort()).toEqual(readdirSync(dir).sort());
      expect(got.warnings).toEqual([
        '40 train images; the published set has 60000',
        '20 test images; the published set has 10000',
      ]);
      expect(readdirSync(join(cwd, 'datasets'))).toEqual(['fashion-mnist']);
    } finally {
      await server.close();
    }
  });

  it('has the files that it is opened from', () => {
    const wanted = Object.values(names).flatMap(({ images, labels }) => [`${images}.gz`, `${labels}.gz`]);
    expect(fashionMnist.fetch!.files.map(({ url }) => url.split('/').at(-1))).toEqual(wanted);
  });
});
