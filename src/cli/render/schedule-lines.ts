import type { ExperimentSchedule } from '../../session/cost/schedule-of.js';
import { sampleSteps } from '../../train/schedule-curve.js';
import { grouped } from '../../util/number-text.js';
import { textTable } from './text-table.js';

/** Rows of the chart. */
const MOST_ROWS = 24;
const BAR = 40;
/** Points of the JSON. */
const MOST_POINTS = 1000;

/** The schedule of an experiment as `--json` prints it. */
export function scheduleJson({ experiment, images, curve, others }: ExperimentSchedule): object {
  const { name, train } = experiment;
  const { stepsPerEpoch, totalSteps, isEarliest, rate } = curve;
  return {
    name,
    schedule: train.schedule.name,
    images,
    batchSize: train.batchSize,
    accumulate: train.accumulate,
    stepsPerEpoch,
    totalSteps,
    isEarliest,
    until: train.until,
    points: sampleSteps(totalSteps, MOST_POINTS).map((step) => ({
      step: step + 1,
      epoch: step / stepsPerEpoch,
      learningRate: rate(step),
      ...Object.fromEntries(others.map(({ key, at }) => [key, at(step)])),
    })),
  };
}

/** The schedule of an experiment as a table with bars. */
export function scheduleLines({ experiment, images, curve, others }: ExperimentSchedule): string[] {
  const { name, train } = experiment;
  const { stepsPerEpoch, totalSteps, isEarliest, rate, highest } = curve;
  const epochs = Math.ceil(totalSteps / stepsPerEpoch);
  // The first step of each epoch, where all of them have room, and the very last.
  const steps =
    epochs < MOST_ROWS && epochs > 4
      ? [...Array.from({ length: epochs }, (_, epoch) => epoch * stepsPerEpoch), totalSteps - 1]
      : sampleSteps(totalSteps, MOST_ROWS);
  const rows = [...new Set(steps)].map((step) => [
    String(Math.floor(step / stepsPerEpoch) + 1),
    grouped(step + 1),
    short(rate(step)),
    ...others.map(({ at }) => short(at(step))),
    '█'.repeat(Math.round((BAR * rate(step)) / highest)) || '▏',
  ]);
  const titles = ['epoch', 'step', 'learning rate', ...others.map(({ key }) => key), ''];
  const [head, ...lines] = textTable(titles, rows, 0);
  return [
    `${name}: ${train.schedule.name} schedule, ${grouped(totalSteps)} steps ` +
      `(${grouped(epochs)} epochs of ${grouped(stepsPerEpoch)}: ${grouped(images)} images in ${train.accumulate === 1 ? '' : `steps of ${train.accumulate} `}batches of ${train.batchSize})`,
    ...(isEarliest
      ? ['the rate follows val_loss: these are the earliest reductions, of a loss that never falls again']
      : []),
    ...(typeof train.until === 'object'
      ? [
          `training may end earlier: after ${train.until.patience} epochs without a better ${experiment.checkpoint.best}`,
        ]
      : []),
    '',
    ...[head, ...lines].map((line) => line.replace(/ +([█▏]+)$/, '  $1')),
  ];
}

// --- internal ---

function short(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
