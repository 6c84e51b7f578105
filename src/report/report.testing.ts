import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { METRIC_COLUMNS } from '../runs/metrics-file.js';
import { readReportRun, type MissingRun, type ReportRun } from './report-run.js';

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
  readonly parameters?: number;
  readonly macs?: number;
  /** Null: no summary.json, as of a run that goes on or was killed. */
  readonly outcome?: 'done' | 'plateau' | 'diverged' | null;
  readonly divergence?: object;
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
      ...{ involve: '0.1.0', device: 'cpu', threads: 2, engine: { description: 'wasm (2 threads)' } },
      data: {
        name: 'scenes',
        fingerprint: content.fingerprint ?? 'f00d',
        counts: { train: 900, validation: 100 },
      },
      classes: CLASSES,
      ...content.environment,
    };
    const summary = {
      outcome: content.outcome ?? 'done',
      ...{ parameters: content.parameters ?? 1_000_000, macs: content.macs ?? 20_000_000 },
      ...(content.divergence ? { divergence: content.divergence } : {}),
    };
    // YAML reads JSON.
    this.file(`${dir}/config.yaml`, JSON.stringify(config));
    this.file(`${dir}/environment.json`, JSON.stringify(environment));
    this.file(`${dir}/metrics.csv`, metricsOf(accuracies, content.losses));
    this.file(`${dir}/events.jsonl`, `${JSON.stringify({ time: '', type: content.lastEvent ?? 'end' })}\n`);
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
    ...{ name, images: 50, precision: recalls[c], recall: recalls[c], f1: recalls[c] },
  }));
  return JSON.stringify({ top1: (recalls[0] + recalls[1]) / 2, classes, data: { fingerprint } });
}

/** Text of a confusion.csv with 50 images a class. */
export function confusion(hits: readonly [number, number]): string {
  return `actual,sea,town\nsea,${hits[0]},${50 - hits[0]}\ntown,${50 - hits[1]},${hits[1]}\n`;
}

function metricsOf(accuracies: readonly (number | null)[], losses?: readonly (number | null)[]): string {
  const rows = accuracies.map((accuracy, i) => {
    const values: Record<string, number | null> = {
      ...{ epoch: i + 1, step: 10 * (i + 1), val_top1: accuracy, val_top5: accuracy },
      val_loss: losses ? losses[i] : 2 - i / 10,
      train_loss: 1.5 - i / 10,
    };
    return METRIC_COLUMNS.map((column) => (column in values ? (values[column] ?? '') : 1)).join(',');
  });
  return [METRIC_COLUMNS.join(','), ...rows, ''].join('\n');
}
