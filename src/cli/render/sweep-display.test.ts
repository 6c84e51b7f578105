import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Metric, TaskMetrics } from '../../metrics/metric.js';
import { readSweepLine } from '../../runs/record/sweep-lines.js';
import { epochOf, summaryOf } from '../../runs/record/testing.js';
import type { LedgerJob } from '../../sweep/ledger-file.js';
import { NO_PROGRESS, type SweepEvent } from '../../sweep/events.js';
import type { SweepPlan } from '../../sweep/plan.js';
import { SweepFolder } from '../../sweep/testing.js';
import { recordedMetrics } from '../../tasks/recorded-metrics.js';
import { showSweep } from './sweep-display.js';

const meanError: Metric = { name: 'meanError', title: 'mean error', unit: 'number', better: 'lower' };
const guessing: TaskMetrics = { train: [meanError], validation: [meanError], primary: meanError };

let folder: SweepFolder;
let plan: SweepPlan;
beforeAll(() => {
  folder = new SweepFolder();
  plan = folder.plan({ name: 's', base: 'base.json', seeds: [0] });
});
afterAll(() => folder.remove());

/** What one job's start, epoch and end look like. */
function eventsOf(measured: TaskMetrics): SweepEvent[] {
  const [job] = plan.jobs;
  const { name, seed, changes, fingerprint, id } = job;
  const entry: LedgerJob = { name, seed, folder: id, changes, fingerprint, state: 'done', attempts: 1 };
  const summary = summaryOf({
    final: epochOf(1, { valTop1: 0.25, valMeanError: 0.125 }),
    best: { epoch: 1, valTop1: 0.25, valMeanError: 0.125 },
    seconds: 61,
  });
  return [
    { type: 'begin', total: 1, open: 1 },
    { type: 'start', job, resumed: false, by: 'process 7' },
    {
      type: 'progress',
      job,
      progress: { ...NO_PROGRESS, epoch: 1, step: 2, training: 0.5, validation: 0.25, measured },
    },
    { type: 'end', job, entry, outcome: { summary, measured } },
  ];
}

function shown(json: boolean, measured: TaskMetrics): string[] {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const display = showSweep(
    plan,
    { json },
    { print: write, note: write, interactive: false, cwd: folder.path },
  );
  eventsOf(measured).forEach(display.show);
  display.close();
  return lines;
}

describe('a sweep', () => {
  it('as JSON is a line an event, under the keys of what is measured', () => {
    const id = plan.jobs[0].id;
    const lines = shown(true, recordedMetrics(undefined));
    expect(lines.slice(0, 3)).toEqual([
      '{"type":"begin","total":1,"open":1,"version":1}',
      `{"type":"start","job":"${id}","resumed":false,"by":"process 7"}`,
      `{"type":"progress","job":"${id}","epoch":1,"step":2,"loss":0.5,"valTop1":0.25}`,
    ]);
    expect(lines.map((line) => readSweepLine(line).type)).toEqual(['begin', 'start', 'progress', 'end']);
    expect(JSON.parse(lines[3])).toMatchObject({ state: 'done', best: { epoch: 1, valTop1: 0.25 } });
    expect(shown(true, guessing)[2]).toContain('"step":2,"meanError":0.5,"valMeanError":0.25}');
  });

  it('in words says the metric that counts, in its unit', () => {
    const said = shown(false, recordedMetrics(undefined)).join('\n');
    expect(said).toMatch(/epoch 1(\/\d+)?, validation accuracy 25\.0 %\n/);
    expect(said).toContain('done, best validation accuracy 25.0 %, 1:01 (1 of 1)');
    const other = shown(false, guessing).join('\n');
    expect(other).toMatch(/epoch 1(\/\d+)?, validation mean error 0\.25\n/);
    expect(other).toContain('done, best validation mean error 0.125, 1:01 (1 of 1)');
  });

  it('has lines that are refused where they are none', () => {
    expect(() => readSweepLine('{"type":"begin","total":"many"}')).toThrow();
    expect(() => readSweepLine('{"type":"teatime"}')).toThrow();
  });
});
