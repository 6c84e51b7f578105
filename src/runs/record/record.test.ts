import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnOf, keyOf, type Metric, type TaskMetrics } from '../../metrics/metric.js';
import { declaredMetrics, declareMetrics } from './declared-metrics.js';
import { readEnvironment, writeEnvironment } from './environment.js';
import { readEvaluation } from './evaluation.js';
import { appendEvent, readEvents } from './events-jsonl.js';
import { appendMetrics, metricColumns, readMetrics, type EpochMetrics } from './metrics-csv.js';
import { reachedEnd, readSummary, writeSummary } from './summary.js';
import { epochOf, summaryOf } from './testing.js';

/** Of a task that is not in the program: it guesses a number. */
const loss: Metric = { name: 'loss', title: 'loss', unit: 'nats', better: 'lower' };
const meanError: Metric = { name: 'meanError', title: 'mean error', unit: 'number', better: 'lower' };
const guessing: TaskMetrics = { train: [loss], validation: [loss, meanError], primary: meanError };

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-record-'));
  path = join(folder, 'file');
});
afterAll(() => rmSync(folder, { recursive: true }));

const text = (): string => readFileSync(path, 'utf8');

describe('what is measured', () => {
  it('is said once in a record, and read back', () => {
    const declared = declareMetrics(guessing);
    expect(declared).toEqual({
      all: [loss, meanError],
      train: ['loss'],
      validation: ['loss', 'meanError'],
      primary: 'meanError',
    });
    expect(declaredMetrics.parse(JSON.parse(JSON.stringify(declared)))).toEqual(guessing);
  });

  it.each([
    [{ validation: ['loss', 'mae'] }, 'nothing is said of the metric "mae"'],
    [{ primary: 'other' }, '"other" is not measured on validation'],
    [{ all: [{ ...loss, name: 'Loss 1' }] }, 'Invalid string'],
  ])('is refused where it does not fit together: %j', (changes, message) => {
    const { error } = declaredMetrics.safeParse({ ...declareMetrics(guessing), ...changes });
    expect(error?.issues.map((issue) => issue.message).join('\n')).toContain(message);
  });

  it('names the columns and the keys', async () => {
    expect(columnOf('val', meanError)).toBe('val_meanError');
    expect(keyOf('val', meanError)).toBe('valMeanError');
    const columns = metricColumns(guessing);
    expect(columns.join()).toBe(
      'epoch,step,learning_rate,train_loss,val_loss,val_meanError,' +
        'images_per_second,data_ms,step_ms,epoch_seconds,peak_memory_mb',
    );
    const row = Object.fromEntries(columns.map((column, i) => [column, i])) as unknown as EpochMetrics;
    appendMetrics(path, row);
    expect(text().split('\n')[0]).toBe(columns.join());
    expect(await readMetrics(path)).toEqual([row]);
  });
});

describe('a record', () => {
  it('keeps numbers that JSON does not know, keys that it does not name, and their order', async () => {
    const written = summaryOf({
      final: epochOf(2, { trainLoss: Infinity, valLoss: null, valMeanError: 0.5 }),
    });
    await writeSummary(path, { ...written, later: 1 } as typeof written);
    const read = await readSummary(path);
    expect(read).toEqual({ ...written, later: 1, version: 1 });
    expect(Object.keys(read!.final!)).toEqual(Object.keys(written.final!));
  });

  it('says that a later program wrote it', async () => {
    await writeSummary(path, summaryOf());
    writeFileSync(path, text().replace('"version": 1', '"version": 2'));
    await expect(readSummary(path)).rejects.toMatchObject({
      code: 'E_RUN_NEWER',
      exitCode: 2,
      problems: [
        {
          what: 'file is of version 2, and this involve reads up to version 1',
          where: path,
          try: 'read it with the involve that wrote it, or a later one',
        },
      ],
    });
  });

  it('says what in it is no record of a run', async () => {
    writeFileSync(
      path,
      JSON.stringify({ ...summaryOf(), epochs: '3', final: { ...epochOf(1), valLoss: 'low' } }),
    );
    await expect(readSummary(path)).rejects.toMatchObject({
      code: 'E_RUN_DAMAGED',
      problems: [
        {
          what: expect.stringMatching(
            /^the record of the run is damaged: epochs: .*expected (int|number)/,
          ) as string,
        },
        { what: 'the record of the run is damaged: final.valLoss: expected a number', where: path },
      ],
    });
  });

  it('of the environment may lack anything, but says nothing that is wrong', async () => {
    await writeEnvironment(path, { threads: 2, metrics: guessing, resumed: [{ metrics: guessing }] });
    const environment = await readEnvironment(path);
    expect(environment).toMatchObject({ threads: 2, metrics: guessing, resumed: [{ metrics: guessing }] });
    expect(text().split('"mean error"')).toHaveLength(3);
    expect(await readEnvironment(join(folder, 'none'))).toEqual({});
    writeFileSync(path, '{"threads":"two"}');
    await expect(readEnvironment(path)).rejects.toThrow('the record of the run is damaged: threads: ');
  });

  it('of an evaluation has the metrics that are asked for', async () => {
    const evaluation = {
      run: 'r',
      split: 'test',
      images: 3,
      checkpoint: 'best',
      epoch: 1,
      meanError: 0.25,
      loss: null,
      engine: 'wasm',
    };
    writeFileSync(join(folder, 'evaluation-test.json'), JSON.stringify(evaluation));
    const read = await readEvaluation(folder, 'test', [...guessing.validation, { ...loss, name: 'later' }]);
    expect(read?.values).toEqual({ loss: null, meanError: 0.25 });
    expect(await readEvaluation(folder, 'train', guessing.validation)).toBeUndefined();
    writeFileSync(join(folder, 'evaluation-test.json'), JSON.stringify({ ...evaluation, meanError: 'low' }));
    await expect(readEvaluation(folder, 'test', guessing.validation)).rejects.toThrow('meanError: ');
  });
});

describe('a summary', () => {
  it('is damaged where what was measured lacks its epoch', async () => {
    const record = summaryOf({});
    writeFileSync(path, JSON.stringify({ ...record, best: { valTop1: 0.5 } }));
    await expect(readSummary(path)).rejects.toMatchObject({
      code: 'E_RUN_DAMAGED',
      problems: [{ what: expect.stringContaining('damaged: best.epoch: ') as string }],
    });
    writeFileSync(path, JSON.stringify({ ...record, best: 3 }));
    await expect(readSummary(path)).rejects.toMatchObject({ code: 'E_RUN_DAMAGED' });
    writeFileSync(path, JSON.stringify({ ...record, best: { epoch: 1, valTop1: 'high' } }));
    await expect(readSummary(path)).rejects.toThrow('best.valTop1: expected a number');
  });

  it('says whether the run reached its end', () => {
    const ends = (['done', 'plateau', 'early-stop', 'interrupted', 'diverged'] as const).filter((outcome) =>
      reachedEnd({ outcome }),
    );
    expect(ends).toEqual(['done', 'plateau', 'early-stop']);
    expect(reachedEnd(undefined)).toBe(false);
  });
});

describe('events', () => {
  it('are read with their fields; types of a later program as they are', async () => {
    rmSync(path);
    appendEvent(path, 'start', { engine: 'wasm' });
    appendEvent(path, 'epoch', epochOf(1, { valLoss: NaN }));
    writeFileSync(
      path,
      `${text()}{"time":"","type":"teatime","cups":2}\n{"time":"","type":"toString"}\n{"torn`,
    );
    expect(await readEvents(path)).toMatchObject([
      { type: 'start', engine: 'wasm', version: 1 },
      { type: 'epoch', epoch: 1, trainLoss: 1.5, valLoss: NaN },
      { type: 'teatime', cups: 2 },
      { type: 'toString' },
    ]);
  });

  it('are refused by line where a field is not what it should be', async () => {
    writeFileSync(path, '{"time":"","type":"checkpoint","name":"worst","step":1}\n');
    await expect(readEvents(path)).rejects.toMatchObject({
      code: 'E_RUN_DAMAGED',
      problems: [{ where: `${path}:1`, what: expect.stringContaining('damaged: name: ') as string }],
    });
  });
});
