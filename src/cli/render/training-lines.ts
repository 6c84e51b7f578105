import type { Experiment } from '../../config/schema.js';
import { declareMetrics } from '../../runs/record/declared-metrics.js';
import { TRAIN_LINES_VERSION, trainLine } from '../../runs/record/train-lines.js';
import { epochFields } from '../../session/training/epoch-record.js';
import type { TrainEvent } from '../../train/events.js';
import type { CommandContext } from '../command.js';
import type { TrainingDisplay } from './training-display.js';

/** `--json`: a line of JSON for every event (runs/record/train-lines.ts). */
export function jsonDisplay(experiment: Experiment, { print }: CommandContext): TrainingDisplay {
  return {
    note: (text) => print(trainLine('note', { text })),
    dataProgress: () => undefined,
    begin: ({ engine, dataset, metrics, cost, dir, resumedAt, workers }) => {
      print(
        trainLine('begin', {
          name: experiment.name,
          seed: experiment.train.seed,
          run: dir,
          engine,
          classes: [...dataset.classes],
          trainImages: dataset.train.count,
          validationImages: dataset.validation.count,
          parameters: cost.params.trainable,
          macs: cost.macs,
          resumedAt,
          workers: workers?.count,
          version: TRAIN_LINES_VERSION,
          metrics: declareMetrics(metrics),
        }),
      );
    },
    show: (event) => {
      const line = lineOf(event);
      if (line !== undefined) print(line);
    },
    interrupted: (dir) => print(trainLine('interrupted', { run: dir })),
    finish: (summary, dir) => print(trainLine('end', { run: dir, ...summary })),
    close: () => undefined,
  };
}

// --- internal ---

function lineOf(event: TrainEvent): string | undefined {
  switch (event.type) {
    case 'plan':
      return trainLine('plan', event);
    case 'epoch-start':
      return trainLine('epoch-start', event);
    case 'step': {
      const { epoch, step, batch, learningRate, metrics, imagesPerSecond } = event;
      return trainLine('step', { epoch, step, batch, learningRate, ...metrics, imagesPerSecond });
    }
    case 'epoch':
      return trainLine('epoch', epochFields(event.result));
    case 'plateau':
      return trainLine('plateau', event);
    case 'checkpoint':
      return trainLine('checkpoint', { name: event.name, step: event.state.progress.step });
    case 'divergence':
      return trainLine('divergence', event);
    case 'validation':
      return undefined;
  }
}
