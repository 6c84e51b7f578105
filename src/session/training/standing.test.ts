import { expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import type { Experiment } from '../../config/schema.js';
import type { RunRecord } from '../../runs/run-folder.js';
import type { RunEvent } from '../../runs/record/events-jsonl.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import type { CheckpointName } from '../../runs/run-paths.js';
import { classificationMetrics as metrics } from '../../tasks/classification/metrics.js';
import { toStored } from '../../train/checkpoint-tensors.js';
import type { TrainEvent } from '../../train/events.js';
import type { TrainingState } from '../../train/state.js';
import { runTiny, ADAMW, RMSPROP, tinyModel } from '../../train/testing.js';
import { epochFields, epochRow, fieldsOfRow } from './epoch-record.js';
import { standingOf } from './standing.js';

type Saved = Partial<Record<CheckpointName, TrainingState>>;

/** Three epochs of the tiny model: what a run's folder holds of them. */
await openReference();
const trained = await runTiny({ config: { epochs: 3 } });
const of = <Type extends TrainEvent['type']>(type: Type) =>
  trained.events.filter((event): event is Extract<TrainEvent, { type: Type }> => event.type === type);
const results = of('epoch').map(({ result }) => result);
const rows = results.map((result) => epochRow(result, 100));
const saved: Saved = Object.fromEntries(of('checkpoint').map(({ name, state }) => [name, state]));
const event = (type: string, fields: object): RunEvent => ({ time: '', type, ...fields });
const events = [
  event('start', {}),
  ...results.map((result) => event('epoch', { ...epochFields(result), peakMemoryMb: 100 })),
  event('checkpoint', { name: 'last', step: 9 }),
];
const experiment = { train: { optimizer: ADAMW, ema: null } } as unknown as Experiment;

interface Found {
  readonly rows?: readonly EpochMetrics[];
  readonly events?: readonly RunEvent[];
  readonly saved?: Saved;
  readonly data?: object;
  readonly experiment?: Experiment;
}

function standing(found: Found) {
  const record = {
    metrics: found.rows ?? rows,
    events: found.events ?? events,
    environment: { data: 'data' in found ? found.data : {} },
    checkpoint: (name: CheckpointName) => {
      const state = (found.saved ?? saved)[name];
      return Promise.resolve(state && toStored(state));
    },
  } as unknown as RunRecord;
  return standingOf(
    record,
    { model: trained.model, metrics, experiment: found.experiment ?? experiment },
    'my runs/a',
  );
}

it('goes on where the last checkpoint stands', async () => {
  const found = await standing({});
  expect(found.state?.progress).toMatchObject({ epoch: 3, step: 9 });
  expect(found).toMatchObject({ lost: [], notes: [] });
});

it('has the last epoch of a run from its row', () => {
  expect(fieldsOfRow(rows[2], metrics)).toEqual(epochFields(results[2]));
  const keys = (fields: object) => Object.keys(fields);
  expect(keys(fieldsOfRow(rows[2], metrics))).toEqual(keys(epochFields(results[2])));
});

it('has rows that are gone from the events, and says so', async () => {
  const found = await standing({ rows: [rows[2]] });
  expect(found.lost).toEqual(rows.slice(0, 2));
  expect(found.notes).toEqual(['epochs 1, 2 put back into my runs/a/metrics.csv from events.jsonl']);
  expect((await standing({ rows: [] })).lost).toEqual(rows);
});

it('takes the newest of two events of one epoch, which stands in a resumed run', async () => {
  const older = event('epoch', { ...epochFields(results[0]), trainLoss: 99, peakMemoryMb: 1 });
  const found = await standing({ rows: rows.slice(1), events: [older, ...events] });
  expect(found.lost).toEqual([rows[0]]);
});

it('refuses where a row cannot be put back, or stands twice', async () => {
  await expect(standing({ rows: rows.slice(1), events: events.slice(2) })).rejects.toMatchObject({
    exitCode: 2,
    problems: [
      {
        what: 'metrics.csv lacks epoch 1, which the run has finished, and events.jsonl does not have them whole',
        where: 'my runs/a/metrics.csv',
      },
    ],
  });
  const partly = events.map((each) => ({ ...each, peakMemoryMb: undefined }));
  await expect(standing({ rows: [rows[0]], events: partly })).rejects.toThrow('lacks epochs 2, 3');
  await expect(standing({ rows: [rows[0], ...rows] })).rejects.toThrow('has epoch 1 twice');
});

it('does not mind rows beyond the checkpoint, which are written again', async () => {
  const beyond = { ...rows[2], epoch: 4 };
  expect((await standing({ rows: [...rows, beyond, beyond] })).lost).toEqual([]);
});

it('refuses where `last` is gone, and says how to go on from `best`', async () => {
  const { best } = saved;
  await expect(standing({ saved: { best } })).rejects.toMatchObject({
    code: 'E_CHECKPOINT_GONE',
    exitCode: 2,
    problems: [
      {
        where: 'my runs/a/checkpoints/last.safetensors',
        try:
          'put it back, or go on from the best epoch: ' +
          "cp 'my runs/a/checkpoints/best.safetensors' 'my runs/a/checkpoints/last.safetensors'",
      },
    ],
  });
  await expect(standing({ saved: {} })).rejects.toThrow('the checkpoint that the run goes on from is gone');
  await expect(standing({ saved: { best }, events: [] })).rejects.toThrow('is gone');
});

it('starts again what was killed before `last` was first saved, and says so', async () => {
  const found = await standing({
    saved: { best: saved.best },
    rows: rows.slice(0, 1),
    events: events.slice(0, 2),
  });
  expect(found).toEqual({
    state: undefined,
    lost: [],
    notes: ['the run was stopped before its first checkpoint: it starts again'],
  });
  expect((await standing({ saved: {}, rows: [], events: events.slice(0, 1) })).notes).toEqual([]);
});

it('looks for the best anew where it is gone', async () => {
  const found = await standing({ saved: { last: saved.last } });
  expect(saved.last!.progress.best).not.toBeNull();
  expect(found.state?.progress).toEqual({ ...saved.last!.progress, best: null });
  expect(found.notes).toEqual([expect.stringContaining('best.safetensors is gone, which was of epoch')]);
});

it('says what else is gone', async () => {
  expect((await standing({ events: [], data: undefined })).notes).toEqual([
    'my runs/a/events.jsonl is gone: what happened is on record from now on',
    'my runs/a/environment.json is gone: nothing says whether data and engine are those of before',
  ]);
});

it('refuses a checkpoint of another model or another optimizer, whichever of the two it is', async () => {
  const other = { train: { optimizer: RMSPROP, ema: 0.9 } } as unknown as Experiment;
  await expect(standing({ experiment: other })).rejects.toMatchObject({
    code: 'E_CHECKPOINT_FOREIGN',
    exitCode: 2,
  });
  const fewer = new Map([...saved.best!.tensors].slice(1));
  await expect(
    standing({ saved: { ...saved, best: { ...saved.best!, tensors: fewer } } }),
  ).rejects.toMatchObject({
    problems: [{ where: 'my runs/a/checkpoints/best.safetensors' }],
  });
  expect(tinyModel().countParams()).toBe(trained.model.countParams());
});
