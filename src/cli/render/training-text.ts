import cliProgress from 'cli-progress';
import type { Experiment } from '../../config/schema.js';
import { metricText } from '../../metrics/metric-text.js';
import { keyOf, type Metric, type MetricValues, type TaskMetrics } from '../../metrics/metric.js';
import type { EpochResult, TrainEvent } from '../../train/events.js';
import { stepsPerEpoch } from '../../train/batch-source.js';
import { toSteps } from '../../train/schedules/duration.js';
import type { Beginning } from '../../session/training/train-run.js';
import type { RunSummary } from '../../runs/record/summary.js';
import { clock, grouped } from '../../util/number-text.js';
import type { CommandContext } from '../command.js';
import type { TrainingDisplay } from './training-display.js';

/** A bar in a terminal, lines elsewhere; `quiet`: the end only. */
export function textDisplay(
  experiment: Experiment,
  context: CommandContext,
  quiet: boolean,
): TrainingDisplay {
  return new TextDisplay(experiment, context, quiet);
}

// --- internal ---

class TextDisplay implements TrainingDisplay {
  #bar: cliProgress.SingleBar | undefined;
  #stepsPerEpoch = 1;
  #dataShown = -1;
  /** Known when training begins. */
  #metrics!: TaskMetrics;
  #last: EpochResult | undefined;
  /** Where and when this process began to train. */
  #first: { readonly step: number; readonly time: number } | undefined;

  constructor(
    private readonly experiment: Experiment,
    private readonly context: CommandContext,
    private readonly quiet: boolean,
  ) {}

  note(text: string): void {
    this.#line(`note: ${text}`);
  }

  dataProgress = (done: number, total: number): void => {
    if (this.quiet) return;
    const tenth = Math.floor((10 * done) / total);
    if (tenth === this.#dataShown) return;
    this.#dataShown = tenth;
    this.#line(`decoding images, once: ${grouped(done)} of ${grouped(total)}`);
  };

  begin({ engine, dataset, metrics, cost, dir, resumedAt, workers }: Beginning): void {
    const { experiment } = this;
    this.#metrics = metrics;
    const { inputSize } = experiment.data;
    this.#stepsPerEpoch = stepsPerEpoch(experiment.train, dataset.train.count);
    this.#line(`engine: ${engine}`);
    if (workers !== undefined) {
      const { batchSize } = experiment.train;
      this.#line(
        `workers: ${workers.count}, each with ${batchSize / workers.count} of the ${batchSize} images of a batch, ` +
          `and ${workers.threads} thread${workers.threads === 1 ? '' : 's'}`,
      );
    }
    this.#line(
      `${experiment.name}, seed ${experiment.train.seed}: ${grouped(cost.params.trainable)} parameters, ` +
        `${grouped(cost.macs / 1e6)} million multiply-adds`,
    );
    this.#line(
      `data: ${dataset.name}, ${grouped(dataset.train.count)} to train on, ` +
        `${grouped(dataset.validation.count)} to validate, ${dataset.classes.length} classes, ${inputSize}×${inputSize}`,
    );
    this.#line(
      resumedAt === undefined ? `run folder: ${dir}` : `run folder: ${dir}, resumed at step ${resumedAt}`,
    );
  }

  show(event: TrainEvent): void {
    switch (event.type) {
      case 'epoch-start':
        this.#first ??= { step: event.step, time: Date.now() };
        this.#startBar(event.epoch, event.batches, event.batch);
        break;
      case 'step':
        this.#step(event);
        break;
      case 'epoch': {
        const { epoch, train, val, valRaw, imagesPerSecond, epochSeconds } = event.result;
        this.#last = event.result;
        this.close();
        this.#line(
          `epoch ${epoch}${this.#ofEpochs()}: ${listed(this.#metrics.train, train)}; ` +
            `validation ${listed(headline(this.#metrics), val)}; ` +
            (valRaw ? `without the average ${listed(headline(this.#metrics), valRaw)}; ` : '') +
            `${imagesPerSecond.toFixed(0)} images/s, ${epochSeconds.toFixed(0)} s`,
        );
        break;
      }
      case 'plateau':
        this.#line(
          `plateau after epoch ${event.epoch}: learning rate ${event.learningRate} (reduction ${event.reductions})`,
        );
        break;
      default:
        break;
    }
  }

  interrupted(dir: string, begun: boolean): void {
    this.close();
    this.#line(
      begun
        ? `interrupted; the state is saved. To go on: the same command with --resume (${dir})`
        : 'interrupted before training began: nothing was written. To go on: the same command',
    );
  }

  finish(summary: RunSummary, dir: string, best: MetricValues | undefined): void {
    this.close();
    const { print } = this.context;
    const shown = [...headline(this.#metrics)].reverse();
    const { checkpoint, train } = this.experiment;
    if (summary.outcome === 'early-stop' && typeof train.until === 'object')
      print(`ended early  no better ${checkpoint.best} for ${train.until.patience} epochs`);
    if (this.#last) print(`last epoch   validation ${listed(shown, this.#last.val)}`);
    if (summary.best && best) print(`best epoch   ${summary.best.epoch}: validation ${listed(shown, best)}`);
    if (summary.averaged) {
      const { averaged } = summary;
      const values = this.#metrics.validation.map((metric) => [
        metric.name,
        averaged[keyOf('val', metric)] ?? null,
      ]);
      const of = averaged.epochs.join(', ');
      print(`averaged     epochs ${of}: validation ${listed(shown, Object.fromEntries(values))}`);
    }
    print(
      `cost         ${grouped(summary.parameters)} parameters, ${grouped(summary.macs / 1e6)} million multiply-adds; ` +
        `${clock(summary.seconds)}, peak memory ${grouped(summary.peakMemoryMb)} MB`,
    );
    print(`run folder   ${dir}`);
  }

  close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #startBar(epoch: number, batches: number, batch: number): void {
    if (this.quiet || !this.context.interactive) return;
    const { train } = this.#metrics;
    const fields = train.map(({ name, title }) => `${title} {${name}}`);
    this.#bar = new cliProgress.SingleBar(
      {
        format: `epoch ${epoch + 1}${this.#ofEpochs()} {bar} {value}/{total} | ${fields.join(' | ')} | {speed} images/s | {left} left`,
        hideCursor: true,
        clearOnComplete: true,
        stream: process.stderr,
      },
      cliProgress.Presets.shades_classic,
    );
    const none = Object.fromEntries(
      [...train.map(({ name }) => name), 'speed', 'left'].map((key) => [key, '–']),
    );
    this.#bar.start(batches, batch, none);
  }

  #step(event: Extract<TrainEvent, { type: 'step' }>): void {
    const { train } = this.#metrics;
    const speed = event.imagesPerSecond.toFixed(0);
    const left = clock(this.#secondsLeft(event));
    if (this.#bar) {
      const texts = train.map((metric) => [metric.name, metricText(metric, event.metrics[metric.name])]);
      this.#bar.update(event.batch, { ...Object.fromEntries(texts), speed, left });
      return;
    }
    const interval = toSteps(this.experiment.log.every, this.#stepsPerEpoch);
    if (event.step % Math.max(1, interval) !== 0) return;
    this.#line(
      `epoch ${event.epoch + 1}${this.#ofEpochs()} step ${event.batch}/${this.#stepsPerEpoch}: ` +
        `${listed(train, event.metrics)}, ${speed} images/s, ${left} left`,
    );
  }

  /** From the speed since this process began to train; validation is in it from the second epoch on. */
  #secondsLeft({ step }: { readonly step: number }): number {
    const { epochs, steps } = this.experiment.train;
    const total = steps ?? epochs! * this.#stepsPerEpoch;
    const { step: firstStep, time } = this.#first!;
    return ((Date.now() - time) / 1000 / Math.max(1, step - firstStep)) * (total - step);
  }

  #ofEpochs(): string {
    const { epochs } = this.experiment.train;
    return epochs === null ? '' : `/${epochs}`;
  }

  #line(text: string): void {
    if (!this.quiet) this.context.note(text);
  }
}

/** What an epoch is known by: its loss and its primary metric. */
function headline({ validation, primary }: TaskMetrics): Metric[] {
  return [...validation.filter(({ name }) => name === 'loss' && name !== primary.name), primary];
}

/** `loss 0.4321, accuracy 81.2 %`. */
function listed(metrics: readonly Metric[], values: MetricValues<number | null>): string {
  return metrics.map((metric) => `${metric.title} ${metricText(metric, values[metric.name])}`).join(', ');
}
