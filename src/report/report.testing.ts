import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { columnOf, type TaskMetrics } from '../metrics/metric.js';
import { declareMetrics } from '../runs/record/declared-metrics.js';
import { metricColumns } from '../runs/record/metrics-csv.js';
import type { RunSummary } from '../runs/record/summary.js';
import { summaryOf } from '../runs/record/testing.js';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { readReportRun, type MissingRun, type ReportRun } from './read/report-run.js';

export interface RunContent {
  /** Changes of the config. */
  readonly data?: object;
  readonly train?: object;
  readonly model?: object;
  readonly checkpoint?: object;
  readonly source?: object;
  readonly seed?: number;
  /** Validation accuracy by epoch, and losses where they matter. */
  readonly accuracies?: readonly (number | null)[];
  readonly losses?: readonly (number | null)[];
  /** Accuracies of the weights as they are, beside their average. */
  readonly rawAccuracies?: readonly number[];
  readonly parameters?: number;
  readonly macs?: number;
  /** Null: no summary.json, as of a run that goes on or was killed. */
  readonly outcome?: 'done' | 'plateau' | 'early-stop' | 'diverged' | null;
  readonly divergence?: RunSummary['divergence'];
  readonly best?: RunSummary['best'];
  readonly averaged?: RunSummary['averaged'];
  /** Said in the record, and the first on validation given by `accuracies`; by default those of a classifier, unsaid. */
  readonly measured?: TaskMetrics;
  readonly lastEvent?: string;
  readonly fingerprint?: string;
  readonly commandLine?: readonly string[];
  readonly environment?: object;
  /** Files beside, as text. */
  readonly files?: Readonly<Record<string, string>>;
}

const CLASSES = ['sea', 'town'];

/** A folder with run folders made by hand: what a report reads, without any training. */
export class RunsFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'involve-report-')));

  /** Writes a run of 100 validation images; everything that is not given is as of a sound run. */
  write(dir: string, content: RunContent = {}): string {
    const seed = content.seed ?? Number(/seed-(\d+)$/.exec(dir)?.[1] ?? 0);
    const accuracies = content.accuracies ?? [0.5];
    const config = {
      name: 'hand-made',
      ...(content.source ? { source: content.source } : {}),
      data: { name: 'scenes', inputSize: 32, ...content.data },
      model: { family: 'efficientnet', attention: { type: 'se' }, ...content.model },
      train: { epochs: accuracies.length, seed, ...content.train },
      ...(content.checkpoint ? { checkpoint: content.checkpoint } : {}),
    };
    const environment = {
      commandLine: content.commandLine ?? [
        '/bin/node',
        '/opt/involve.js',
        'train',
        'a.json',
        '--seed',
        `${seed}`,
      ],
      involve: '0.1.0',
      device: 'cpu',
      threads: 2,
      engine: { description: 'wasm (2 threads)' },
      metrics: content.measured && declareMetrics(content.measured),
      data: {
        name: 'scenes',
        fingerprint: content.fingerprint ?? 'f00d',
        counts: { train: 900, validation: 100 },
      },
      classes: CLASSES,
      ...content.environment,
    };
    const summary = summaryOf({
      epochs: accuracies.length,
      outcome: content.outcome ?? 'done',
      best: content.best ?? null,
      averaged: content.averaged,
      parameters: content.parameters ?? 1_000_000,
      macs: content.macs ?? 20_000_000,
      divergence: content.divergence,
    });
    // YAML reads JSON.
    this.file(`${dir}/config.yaml`, JSON.stringify(config));
    this.file(`${dir}/environment.json`, JSON.stringify(environment));
    this.file(
      `${dir}/metrics.csv`,
      metricsOf(accuracies, content.losses, content.measured, content.rawAccuracies),
    );
    this.file(`${dir}/events.jsonl`, `${JSON.stringify(eventOf(content.lastEvent ?? 'end'))}\n`);
    if (content.outcome !== null) this.file(`${dir}/summary.json`, JSON.stringify(summary));
    for (const [name, text] of Object.entries(content.files ?? {})) this.file(`${dir}/${name}`, text);
    return dir;
  }

  /** One run a seed, from 0; each item is the accuracies of its epochs. */
  writeSeeds(dir: string, seeds: readonly (readonly number[])[], content: RunContent = {}): string[] {
    return seeds.map((accuracies, seed) => this.write(`${dir}/seed-${seed}`, { ...content, accuracies }));
  }

  file(name: string, text: string): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async read(dir: string): Promise<ReportRun> {
    const run = await this.readAny(dir);
    if (!('experiment' in run)) throw new Error(`${dir} was expected to be readable: ${run.detail}`);
    return run;
  }

  readAny(dir: string): Promise<ReportRun | MissingRun> {
    return readReportRun(join(this.path, dir), this.path);
  }

  readAll(dirs: readonly string[]): Promise<ReportRun[]> {
    return Promise.all(dirs.map((dir) => this.read(dir)));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Text of an evaluation-test.json. */
export function evaluation(recalls: readonly [number, number], fingerprint = 'test'): string {
  const classes = CLASSES.map((name, c) => ({
    name,
    images: 50,
    precision: recalls[c],
    recall: recalls[c],
    f1: recalls[c],
  }));
  return JSON.stringify({
    run: 'runs/a',
    split: 'test',
    images: 100,
    checkpoint: 'best',
    epoch: 1,
    [classificationMetrics.primary.name]: (recalls[0] + recalls[1]) / 2,
    classes,
    data: { name: 'scenes', fingerprint },
    engine: 'wasm (2 threads)',
  });
}

/** Text of a confusion.csv with 50 images a class. */
export function confusion(hits: readonly [number, number]): string {
  return `actual,sea,town\nsea,${hits[0]},${50 - hits[0]}\ntown,${50 - hits[1]},${hits[1]}\n`;
}

/** A line of events.jsonl. */
function eventOf(type: string): object {
  return { time: '', type, step: 1, signal: 'SIGINT', name: 'last', outcome: 'done' };
}

function metricsOf(
  accuracies: readonly (number | null)[],
  losses: readonly (number | null)[] | undefined,
  measured: TaskMetrics = classificationMetrics,
  raw?: readonly number[],
): string {
  const ofRaw = measured.validation.map((metric) => columnOf('val_raw', metric));
  const known = metricColumns(measured);
  const end = known.indexOf('images_per_second');
  const columns = raw ? [...known.slice(0, end), ...ofRaw, ...known.slice(end)] : known;
  const [objective] = measured.train;
  const rows = accuracies.map((accuracy, i) => {
    const values = new Map<string, number | null>([['epoch', i + 1]]);
    values.set('step', 10 * (i + 1));
    for (const metric of measured.validation) values.set(columnOf('val', metric), accuracy);
    if (measured.primary.name !== objective.name)
      values.set(columnOf('val', objective), losses ? losses[i] : 2 - i / 10);
    values.set(columnOf('train', objective), 1.5 - i / 10);
    if (raw) for (const column of ofRaw) values.set(column, raw[i]!);
    return columns.map((column) => (values.has(column) ? (values.get(column) ?? '') : 1)).join(',');
  });
  return [columns.join(','), ...rows, ''].join('\n');
}
