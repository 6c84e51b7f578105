import cliProgress from 'cli-progress';
import type { Experiment } from '../../config/schema.js';
import type { TrainEvent } from '../../train/events.js';
import { toSteps } from '../../train/schedule.js';
import type { Beginning, RunListener } from '../../session/training/train-run.js';
import type { RunSummary } from '../../session/training/training-run.js';
import { clock, grouped, percent } from '../../util/number-text.js';
import type { CommandContext } from '../command.js';
import { lossText } from './loss-text.js';

/** Shows a run to whoever started it. */
export interface TrainingDisplay extends RunListener {
  interrupted(dir: string): void;
  finish(summary: RunSummary, dir: string): void;
  close(): void;
}

/** `--json`: a line of JSON for every event; else a bar in a terminal, lines elsewhere; `--quiet`: the end only. */
export function showTraining(
  experiment: Experiment,
  { json, quiet = false }: { readonly json?: boolean; readonly quiet?: boolean },
  context: CommandContext,
): TrainingDisplay {
  if (json) return jsonDisplay(experiment, context);
  return new TextDisplay(experiment, context, quiet);
}

// --- internal ---

function jsonDisplay(experiment: Experiment, { print }: CommandContext): TrainingDisplay {
  const emit = (type: string, fields: object): void => print(JSON.stringify({ type, ...fields }));
  return {
    note: (text) => emit('note', { text }),
    dataProgress: () => undefined,
    begin: ({ engine, dataset, cost, dir, resumedAt }) =>
      emit('begin', {
        name: experiment.name,
        seed: experiment.train.seed,
        run: dir,
        engine,
        classes: dataset.classes,
        trainImages: dataset.train.count,
        validationImages: dataset.validation.count,
        parameters: cost.params.trainable,
        macs: cost.macs,
        ...(resumedAt === undefined ? {} : { resumedAt }),
      }),
    show: (event) => {
      if (event.type === 'checkpoint')
        emit('checkpoint', { name: event.name, step: event.state.progress.step });
      else if (event.type === 'epoch') emit('epoch', event.result);
      else if (event.type !== 'validation') emit(event.type, { ...event });
    },
    interrupted: (dir) => emit('interrupted', { run: dir }),
    finish: (summary, dir) => emit('end', { run: dir, ...summary }),
    close: () => undefined,
  };
}

class TextDisplay implements TrainingDisplay {
  #bar: cliProgress.SingleBar | undefined;
  #stepsPerEpoch = 1;
  #dataShown = -1;
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

  begin({ engine, dataset, cost, dir, resumedAt }: Beginning): void {
    const { experiment } = this;
    const { inputSize } = experiment.data;
    this.#stepsPerEpoch = Math.ceil(dataset.train.count / experiment.train.batchSize);
    this.#line(`engine: ${engine}`);
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
        const { epoch, trainLoss, trainTop1, valLoss, valTop1, imagesPerSecond, epochSeconds } = event.result;
        this.close();
        this.#line(
          `epoch ${epoch}${this.#ofEpochs()}: loss ${trainLoss.toFixed(4)}, accuracy ${percent(trainTop1)}; ` +
            `validation loss ${lossText(valLoss)}, accuracy ${percent(valTop1)}; ` +
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

  interrupted(dir: string): void {
    this.close();
    this.#line(`interrupted; the state is saved. To go on: the same command with --resume (${dir})`);
  }

  finish(summary: RunSummary, dir: string): void {
    this.close();
    const { print } = this.context;
    const { best, final } = summary;
    if (final)
      print(`last epoch   validation accuracy ${percent(final.valTop1)}, loss ${lossText(final.valLoss)}`);
    if (best) {
      print(
        `best epoch   ${best.epoch}: validation accuracy ${percent(best.valTop1)}, loss ${lossText(best.valLoss)}`,
      );
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
    this.#bar = new cliProgress.SingleBar(
      {
        format: `epoch ${epoch + 1}${this.#ofEpochs()} {bar} {value}/{total} | loss {loss} | accuracy {top1} | {speed} images/s | {left} left`,
        hideCursor: true,
        clearOnComplete: true,
        stream: process.stderr,
      },
      cliProgress.Presets.shades_classic,
    );
    this.#bar.start(batches, batch, { loss: '–', top1: '–', speed: '–', left: '–' });
  }

  #step(event: Extract<TrainEvent, { type: 'step' }>): void {
    const values = {
      loss: event.loss.toFixed(4),
      top1: percent(event.top1),
      speed: event.imagesPerSecond.toFixed(0),
      left: clock(this.#secondsLeft(event)),
    };
    if (this.#bar) {
      this.#bar.update(event.batch, values);
      return;
    }
    const interval = toSteps(this.experiment.log.every, this.#stepsPerEpoch);
    if (event.step % Math.max(1, interval) !== 0) return;
    this.#line(
      `epoch ${event.epoch + 1}${this.#ofEpochs()} step ${event.batch}/${this.#stepsPerEpoch}: loss ${values.loss}, ` +
        `accuracy ${values.top1}, ${values.speed} images/s, ${values.left} left`,
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
