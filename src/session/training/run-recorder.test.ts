import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Experiment } from '../../config/schema.js';
import type { Run } from '../../runs/run-folder.js';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import type { EpochResult, TrainEvent } from '../../train/events.js';
import type { TrainingState } from '../../train/state.js';
import { RunRecorder, type Begin } from './run-recorder.js';
import { epochFields, epochRow, fieldsOfRow, rowOfFields } from './epoch-record.js';

const result: EpochResult = {
  ...{ epoch: 2, step: 20, learningRate: 0.1, imagesPerSecond: 9, dataMs: 1, stepMs: 2, epochSeconds: 3 },
  train: { loss: 1.5, top1: 0.5 },
  val: { loss: null, top1: 0.25, top5: 1 },
};
const state = { progress: { step: 20, epoch: 2 }, tensors: new Map() } as unknown as TrainingState;

let dir: string;
let seen: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'involve-recorder-'));
  seen = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A run that takes its time to write, and says when it has. */
function recorder(log?: (event: TrainEvent) => Promise<void>): RunRecorder {
  const slowly = async (what: string): Promise<void> => {
    seen.push(`${what} …`);
    await new Promise(setImmediate);
    seen.push(what);
  };
  const run = {
    dir,
    event: (type: string) => seen.push(`event ${type}`),
    appendMetrics: () => slowly('row'),
    saveCheckpoint: (name: string) => slowly(name),
  } as unknown as Run;
  const parts = { metrics: classificationMetrics } as unknown as Begin;
  return new RunRecorder(run, {} as Experiment, parts, log, undefined, []);
}

describe('what happens in a run is written down', () => {
  it('the row of an epoch before it is told, and both before training goes on', async () => {
    await recorder().record({ type: 'epoch', result });
    expect(seen).toEqual(['row …', 'row', 'event epoch']);
  });

  it('a checkpoint before it is told, and before training goes on', async () => {
    for (const name of ['best', 'last'] as const)
      await recorder().record({ type: 'checkpoint', name, state });
    expect(seen).toEqual(['best …', 'best', 'event checkpoint', 'last …', 'last', 'event checkpoint']);
  });

  it('what happens a few times an epoch, and not every step', async () => {
    const events: TrainEvent[] = [
      { type: 'plateau', epoch: 2, reductions: 1, learningRate: 0.01 },
      { type: 'divergence', divergence: { step: 5, epoch: 1, layer: 'stem' } },
      { type: 'plan', batch: 8, plannedBytes: 9, calls: 1, recomputes: false, inOrder: false },
      { type: 'epoch-start', epoch: 1, step: 10, batches: 10, batch: 0 },
      { type: 'step', epoch: 1, step: 11, batch: 1, learningRate: 0.1, imagesPerSecond: 9, metrics: {} },
      { type: 'validation', epoch: 1, done: 4, total: 2 },
    ];
    for (const event of events) await recorder().record(event);
    expect(seen).toEqual(['event plateau', 'event divergence', 'event plan']);
  });

  it('beside the log, which hears of everything first', async () => {
    const heard = recorder(async ({ type }) => void seen.push(`log ${type}`));
    await heard.record({ type: 'epoch', result });
    await heard.record({ type: 'validation', epoch: 1, done: 4, total: 2 });
    expect(seen).toEqual(['log epoch', 'row …', 'row', 'event epoch', 'log validation']);
  });
});

it('an epoch is one thing in JSON and another in the table, with the same numbers', () => {
  expect(epochFields(result)).toEqual({
    ...{ epoch: 2, step: 20, learningRate: 0.1, trainLoss: 1.5, trainTop1: 0.5 },
    ...{ valLoss: null, valTop1: 0.25, valTop5: 1 },
    ...{ imagesPerSecond: 9, dataMs: 1, stepMs: 2, epochSeconds: 3 },
  });
  expect(Object.entries(epochRow(result, 300))).toEqual([
    ...[
      ['epoch', 2],
      ['step', 20],
      ['learning_rate', 0.1],
      ['train_loss', 1.5],
      ['train_top1', 0.5],
    ],
    ...[
      ['val_loss', null],
      ['val_top1', 0.25],
      ['val_top5', 1],
    ],
    ...[
      ['images_per_second', 9],
      ['data_ms', 1],
      ['step_ms', 2],
      ['epoch_seconds', 3],
      ['peak_memory_mb', 300],
    ],
  ]);
});

it('what only some runs measure stands in its row, and comes back from it and from its event', () => {
  const both: EpochResult = { ...result, valRaw: { loss: 2.5, top1: 0.75, top5: null } };
  const [fields, row] = [epochFields(both), epochRow(both, 300)];
  expect(fields).toMatchObject({ valTop1: 0.25, valRawLoss: 2.5, valRawTop1: 0.75, valRawTop5: null });
  expect(Object.keys(row).filter((column) => column.startsWith('val_'))).toEqual([
    ...['val_loss', 'val_top1', 'val_top5', 'val_raw_loss', 'val_raw_top1', 'val_raw_top5'],
  ]);
  expect(fieldsOfRow(row, classificationMetrics)).toEqual(fields);
  const recorded = { ...fields, peakMemoryMb: 300 };
  expect(rowOfFields(recorded, classificationMetrics)).toEqual(row);
  const plain = { ...epochFields(result), peakMemoryMb: 300 };
  expect(rowOfFields(plain, classificationMetrics)).toEqual(epochRow(result, 300));
});
