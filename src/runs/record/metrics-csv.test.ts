import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import { repairLines } from '../line-file.js';
import {
  appendMetrics,
  metricColumns,
  readMetrics,
  restoreMetrics,
  type EpochMetrics,
} from './metrics-csv.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'involve-metrics-'));
  path = join(folder, 'metrics.csv');
});
afterEach(() => rm(folder, { recursive: true }));

const rowOf = (epoch: number, more: Partial<EpochMetrics> = {}): EpochMetrics => ({
  epoch,
  step: epoch * 100,
  learning_rate: 0.001,
  train_loss: 1 / 3,
  train_top1: 0.5,
  val_loss: 0.1 + 0.2,
  val_top1: 2 / 3,
  val_top5: 1,
  images_per_second: 123.456,
  data_ms: 1.5,
  step_ms: 20,
  epoch_seconds: 2,
  peak_memory_mb: 300,
  ...more,
});

const header =
  'epoch,step,learning_rate,train_loss,train_top1,val_loss,val_top1,val_top5,' +
  'images_per_second,data_ms,step_ms,epoch_seconds,peak_memory_mb';
const text = (): Promise<string> => readFile(path, 'utf8');

describe('appendMetrics', () => {
  it('writes the header once, and a row an epoch', async () => {
    appendMetrics(path, rowOf(1));
    appendMetrics(path, rowOf(2, { val_loss: null, val_top1: null, val_top5: null }));
    expect(await text()).toBe(
      `${header}\n` +
        '1,100,0.001,0.3333333333333333,0.5,0.30000000000000004,0.6666666666666666,1,123.456,1.5,20,2,300\n' +
        '2,200,0.001,0.3333333333333333,0.5,,,,123.456,1.5,20,2,300\n',
    );
  });

  it('reads back every number bit for bit', async () => {
    const special = [-0, 5e-324, Number.MAX_VALUE, Math.fround(0.1), NaN, Infinity, -Infinity, 1e21, 1e-7];
    for (const value of special) appendMetrics(path, rowOf(1, { train_loss: value, val_loss: value }));
    const rows = await readMetrics(path);
    rows.forEach((row, index) => expect(Object.is(row.train_loss, special[index])).toBe(true));

    const rest = fc.record(
      Object.fromEntries(metricColumns(classificationMetrics).map((column) => [column, fc.double()])),
    );
    await fc.assert(
      fc.asyncProperty(rest, async (row) => {
        await rm(path, { force: true });
        appendMetrics(path, row as unknown as EpochMetrics);
        expect(await readMetrics(path)).toEqual([row]);
      }),
      { numRuns: 50 },
    );
  });

  it('writes the header again after a crash tore it', async () => {
    await writeFile(path, header.slice(0, 20));
    await repairLines(path);
    appendMetrics(path, rowOf(1));
    expect(await readMetrics(path)).toEqual([rowOf(1)]);
  });
});

describe('restoreMetrics', () => {
  it('cuts back to the first epochs and keeps the exact text of what stays', async () => {
    for (const epoch of [1, 2, 3]) appendMetrics(path, rowOf(epoch));
    const before = await text();
    await restoreMetrics(path, 3);
    expect(await text()).toBe(before);
    await restoreMetrics(path, 2);
    expect(await text()).toBe(before.split('\n').slice(0, 3).join('\n') + '\n');
    await restoreMetrics(path, 0);
    expect(await text()).toBe(`${header}\n`);
    appendMetrics(path, rowOf(1));
    expect((await text()).split('\n').slice(0, 2)).toEqual(before.split('\n').slice(0, 2));
  });

  it('removes a torn line, and does not mind a file that is not there', async () => {
    await expect(restoreMetrics(path, 5)).resolves.toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    appendMetrics(path, rowOf(1));
    const before = await text();
    await appendFile(path, '2,200,0.0');
    await restoreMetrics(path, 9);
    expect(await text()).toBe(before);
  });

  it('puts rows back that were lost, in their places, also where the whole file is gone', async () => {
    for (const epoch of [1, 2, 3, 4]) appendMetrics(path, rowOf(epoch));
    const before = await text();
    const lines = before.split('\n');
    await writeFile(path, [lines[0], lines[2], lines[4], ''].join('\n'));
    await restoreMetrics(path, 4, [rowOf(1), rowOf(3)]);
    expect(await text()).toBe(before);
    await rm(path);
    await restoreMetrics(path, 4, [rowOf(1), rowOf(2), rowOf(3), rowOf(4)]);
    expect(await text()).toBe(before);
  });
});

describe('readMetrics', () => {
  it('leaves out a torn last line', async () => {
    expect(await readMetrics(path)).toEqual([]);
    appendMetrics(path, rowOf(1));
    await appendFile(path, '2,200');
    expect(await readMetrics(path)).toEqual([rowOf(1)]);
  });

  it.each([
    ['expected 13 cells but found 2', `${header}\n1,2\n`, 2],
    ["step is not a number: 'x'", `${header}\n1,x,,,,,,,,,,,\n`, 2],
    ["train_loss is not a number: ''", `${header}\n1,2,3,,5,,,,9,10,11,12,13\n`, 2],
  ])('says: %s', async (problem, content, line) => {
    await writeFile(path, content);
    await expect(readMetrics(path)).rejects.toMatchObject({
      code: 'E_METRICS_DAMAGED',
      exitCode: 2,
      problems: [
        {
          what: `the metrics of the run are damaged: ${problem}`,
          where: `${path}:${line}`,
          try: 'mend or delete that line; the other rows are untouched',
        },
      ],
    });
  });

  it.each([
    ['the columns are not those of a run: a,b', 'a,b\n', 'put the file back from a copy'],
    [
      'the line of the column names is gone',
      '1,100,0.001,0.3,0.5,0.3,0.6,1,123.4,1.5,20,2,300\n',
      'put the file back from a copy, or that line: metrics.csv of another run of the kind begins with it',
    ],
    [
      'its columns are written as a spreadsheet writes them, not as involve does',
      `${header.replaceAll(',', ';')}\n1;100\n`,
      'put the file back from a copy, or save it with commas between values and without quotes',
    ],
  ])('says of the first line, which is none to delete: %s', async (problem, content, advice) => {
    await writeFile(path, content);
    const what = `the metrics of the run are damaged: ${problem}`;
    await expect(readMetrics(path)).rejects.toMatchObject({
      ...{ code: 'E_METRICS_DAMAGED', exitCode: 2 },
      problems: [{ what, where: `${path}:1`, try: advice }],
    });
  });

  it('reads lines that end as those of Windows do, and goes on with them', async () => {
    appendMetrics(path, rowOf(1));
    await writeFile(path, `\ufeff${(await text()).replaceAll('\n', '\r\n')}`);
    appendMetrics(path, rowOf(2));
    expect(await readMetrics(path)).toEqual([rowOf(1), rowOf(2)]);
    await restoreMetrics(path, 1);
    expect(await readMetrics(path)).toEqual([rowOf(1)]);
  });
});

describe('repairLines', () => {
  it('cuts a file back to its last newline, wherever it was torn', async () => {
    appendMetrics(path, rowOf(1));
    appendMetrics(path, rowOf(2));
    const whole = await text();
    for (let length = 0; length <= whole.length; length += 5) {
      await writeFile(path, whole.slice(0, length));
      await repairLines(path);
      expect(await text()).toBe(whole.slice(0, whole.slice(0, length).lastIndexOf('\n') + 1));
    }
  });

  it('does not mind a file that is not there, and makes none', async () => {
    await expect(repairLines(path)).resolves.toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });
});
