import { stepsPerEpoch } from '../train/batch-source.js';
import { averageOf } from '../train/ema-options.js';
import { toSteps } from '../train/schedules/duration.js';
import { reducingEpoch } from '../train/schedules/plateau.js';
import type { Duration } from '../util/schema-parts.js';
import type { ConfigPath } from './located.js';
import type { Experiment } from './schema.js';

/** What can be trained and is hardly meant. */
export interface Oddity {
  readonly path: ConfigPath;
  /** Of the value there. */
  readonly text: string;
}

/**
 * Settings that do not fit each other, none of which is wrong by itself.
 *
 * @param images to train on, where that is known: without it only durations in the same unit can be compared
 */
export function oddities(experiment: Experiment, images?: number): Oddity[] {
  const length = new Length(experiment, images);
  return [
    ...ofWarmUp(experiment, length),
    ...ofSchedule(experiment, length),
    ...ofPatience(experiment, length),
    ...ofSizes(experiment, length),
    ...ofRate(experiment),
    ...ofCheckpoints(experiment, length),
    ...ofAverage(experiment, length),
    ...ofData(experiment, images),
    ...ofAugmentation(experiment),
  ];
}

// --- internal ---

/** Above it nothing has been seen to train. */
const HIGHEST_RATE = 10;

/** `data.cropFraction` where a config does not say. */
const USUAL_CROP = 0.875;

/** How long training is. */
class Length {
  readonly #whole: Duration;
  readonly #perEpoch: number | undefined;

  constructor({ train }: Experiment, images: number | undefined) {
    const { epochs, steps } = train;
    this.#whole = epochs === null ? { steps: steps! } : { epochs };
    this.#perEpoch = images === undefined ? undefined : Math.max(1, stepsPerEpoch(train, images));
  }

  get text(): string {
    return textOf(this.#whole);
  }

  get steps(): number | undefined {
    if ('steps' in this.#whole) return this.#whole.steps;
    return this.#perEpoch && toSteps(this.#whole, this.#perEpoch);
  }

  /** A duration as a share of it; undefined where that cannot be told. */
  share(duration: Duration): number | undefined {
    const whole = this.#whole;
    if ('epochs' in duration && 'epochs' in whole) return duration.epochs / whole.epochs;
    if ('steps' in duration && 'steps' in whole) return duration.steps / whole.steps;
    return this.#perEpoch && toSteps(duration, this.#perEpoch) / toSteps(whole, this.#perEpoch);
  }

  /** Which of some times do not come after the one before; in one unit the schema has refused them. */
  disorder(times: readonly Duration[]): [index: number, text: string][] {
    const perEpoch = this.#perEpoch;
    if (perEpoch === undefined) return [];
    return times.flatMap((time, i): [number, string][] => {
      if (i === 0) return [];
      const [before, now] = [times[i - 1], time].map((each) => toSteps(each, perEpoch));
      if (before < now) return [];
      const when = `is step ${now}, and ${textOf(times[i - 1])} before it is step ${before}`;
      return [[i, `${textOf(time)} ${when}`]];
    });
  }
}

function ofWarmUp({ train: { schedule } }: Experiment, length: Length): Oddity[] {
  if (schedule.warmUpStart !== null && schedule.warmUp === null) {
    const text = `${schedule.warmUpStart} is where a warm-up starts, and there is none (train.schedule.warmUp)`;
    return [{ path: ['train', 'schedule', 'warmUpStart'], text }];
  }
  const share = schedule.warmUp && length.share(schedule.warmUp);
  if (!share || share <= 0.5) return [];
  const path = ['train', 'schedule', 'warmUp'];
  const all = `of ${textOf(schedule.warmUp!)} in a training of ${length.text}`;
  if (share < 1) return [{ path, text: `a warm-up ${all} is more than half of it` }];
  const reached = share > 1 ? `, and ends at ${(100 / share).toPrecision(2)} % of what is configured` : '';
  return [{ path, text: `a warm-up ${all}: the rate does nothing but climb${reached}` }];
}

function ofSchedule({ train: { schedule, optimizer } }: Experiment, length: Length): Oddity[] {
  const path = ['train', 'schedule'];
  const found: Oddity[] = [];
  if (schedule.name === 'step') {
    for (const [i, at] of schedule.at.entries()) {
      if ((length.share(at) ?? 0) < 1) continue;
      const text = `${textOf(at)} is not before the end of training (${length.text}): the rate stays as it is`;
      found.push({ path: [...path, 'at', i], text });
    }
    for (const [i, text] of length.disorder(schedule.at))
      found.push({ path: [...path, 'at', i], text: `${text}: both lower the rate when their time comes` });
  }
  if (schedule.name === 'cosine' && schedule.restarts !== null) {
    const { first } = schedule.restarts;
    if ((length.share(first) ?? 0) >= 1) {
      const text = `a first cycle of ${textOf(first)} is not shorter than training (${length.text}): the rate never starts again`;
      found.push({ path: [...path, 'restarts', 'first'], text });
    }
  }
  if (schedule.name === 'plateau' && (length.share({ epochs: reducingEpoch(schedule) }) ?? 0) >= 1) {
    const text = `${reducingEpoch(schedule)} epochs without a lower loss do not fit into a training of ${length.text}: the rate stays as it is`;
    found.push({ path: [...path, 'patience'], text });
  }
  if ('minimum' in schedule && schedule.minimum === optimizer.learningRate) {
    const text = `the lowest rate is train.optimizer.learningRate itself: the rate stays as it is`;
    found.push({ path: [...path, 'minimum'], text });
  }
  return found;
}

function ofPatience({ train: { until } }: Experiment, length: Length): Oddity[] {
  // An epoch is needed for a value to be bettered.
  if (typeof until !== 'object' || (length.share({ epochs: until.patience }) ?? 0) < 1) return [];
  const text = `a patience of ${textOf({ epochs: until.patience })} in a training of ${length.text} never ends it`;
  return [{ path: ['train', 'until', 'patience'], text }];
}

function ofSizes({ data, train: { progressive } }: Experiment, length: Length): Oddity[] {
  const stages = progressive ?? [];
  const path = (i: number): ConfigPath => ['train', 'progressive', i, 'until'];
  const endless = stages.flatMap(({ until }, i) => {
    if ((length.share(until) ?? 0) < 1) return [];
    const text = `${textOf(until)} is not before the end of training (${length.text}): images of ${data.inputSize}×${data.inputSize} are never trained on`;
    return [{ path: path(i), text }];
  });
  const skipped = length.disorder(stages.map(({ until }) => until)).map(([i, text]) => {
    const { size } = stages[i];
    return { path: path(i), text: `${text}: images of ${size}×${size} are never trained on` };
  });
  return [...endless, ...skipped];
}

function ofRate({ train: { optimizer } }: Experiment): Oddity[] {
  const path = ['train', 'optimizer'];
  const rates: Oddity['path'][] = [[...path, 'learningRate']];
  const values = [optimizer.learningRate];
  if (optimizer.name === 'muon') {
    rates.push([...path, 'adamw', 'learningRate']);
    values.push(optimizer.adamw.learningRate);
  }
  return rates.flatMap((at, i) => {
    if (values[i] <= HIGHEST_RATE) return [];
    const text = `a rate of ${values[i]} is likely to end in numbers that are not finite`;
    return [{ path: at, text }];
  });
}

function ofCheckpoints({ checkpoint: { every } }: Experiment, length: Length): Oddity[] {
  // Once an epoch is what nobody has to write; training may well be shorter.
  const isUsual = 'epochs' in every && every.epochs === 1;
  if (isUsual || (length.share(every) ?? 0) <= 1) return [];
  const text = `${textOf(every)} is longer than training (${length.text}): a run that is killed has to start anew`;
  return [{ path: ['checkpoint', 'every'], text }];
}

function ofAverage({ train: { ema } }: Experiment, { steps }: Length): Oddity[] {
  const average = averageOf(ema);
  // One that warms up forgets them at once.
  const initial = average?.warmUp !== null || steps === undefined ? 0 : average.decay ** steps;
  if (initial <= 0.5) return [];
  const share = `${Math.floor(100 * initial)} %`;
  const text = `after ${steps} steps a moving average with a decay of ${average!.decay} is ${share} the initial weights still`;
  return [{ path: ['train', 'ema'], text }];
}

function ofData(
  { data, augment, train: { batchSize, accumulate } }: Experiment,
  images: number | undefined,
): Oddity[] {
  const found: Oddity[] = [];
  if (data.validation !== 'test' && data.validation > 0.5) {
    const text = `${data.validation} of the images are held out, and the rest is trained on`;
    found.push({ path: ['data', 'validation'], text });
  }
  if (augment.shiftCrop > data.inputSize / 2) {
    const text = `a shift by up to ${augment.shiftCrop} pixels leaves little of images of ${data.inputSize}×${data.inputSize}`;
    found.push({ path: ['augment', 'shiftCrop'], text });
  }
  if (data.resize !== 'crop' && data.cropFraction !== USUAL_CROP) {
    const text = `${data.cropFraction} has no effect: data.resize is ${data.resize}, and only crop cuts a centre out`;
    found.push({ path: ['data', 'cropFraction'], text });
  }
  if (data.resize === 'pad' && augment.randomResizedCrop !== null) {
    const text =
      'crops of training are cut from the images without their bars; in validation and tests the bars are there (data.resize pad)';
    found.push({ path: ['augment', 'randomResizedCrop'], text });
  }
  if (images !== undefined && batchSize > images) {
    const text = `a batch of ${batchSize} is more than the ${images} images to train on: each epoch is one step`;
    found.push({ path: ['train', 'batchSize'], text });
  } else if (images !== undefined && batchSize * (accumulate - 1) >= images) {
    const text = `${accumulate} batches of ${batchSize} are more than the ${images} images to train on: each epoch is one step`;
    found.push({ path: ['train', 'accumulate'], text });
  }
  return found;
}

function ofAugmentation({ augment, train: { batchSize } }: Experiment): Oddity[] {
  const { policy, colorJitter, rotation, randomErasing, randomScale } = augment;
  const found: Oddity[] = [];
  const note = (path: ConfigPath, text: string): void =>
    void found.push({ path: ['augment', ...path], text });
  if (augment.paddingMode !== 'constant' && augment.shiftCrop === 0) {
    note(['paddingMode'], 'nothing is padded where augment.shiftCrop is 0');
  }
  if (randomScale !== null && randomScale[0] === 1 && randomScale[1] === 1) {
    note(['randomScale'], 'nothing becomes larger or smaller by 1');
  }
  if (rotation?.degrees === 0) note(['rotation', 'degrees'], 'nothing is turned by 0 degrees');
  if (colorJitter !== null && Object.values(colorJitter).every((range) => range === 0)) {
    note(['colorJitter'], 'no colour is changed where all four ranges are 0');
  } else if (colorJitter !== null && policy !== null) {
    note(['colorJitter'], 'colours are changed twice, by augment.policy and by this');
  }
  if (randomErasing !== null && (randomErasing.probability === 0 || randomErasing.scale[0] === 1)) {
    const [key, why] = randomErasing.probability === 0 ? ['probability', 0] : ['scale', 1];
    note(['randomErasing', key], `no rectangle is ever put out of sight with ${why} here`);
  }
  for (const way of ['mixup', 'cutmix'] as const) {
    const mixing = augment[way];
    if (mixing === null) continue;
    if (mixing.probability === 0) note([way, 'probability'], 'no batch is ever mixed so with 0 here');
    else if (batchSize === 1) note([way], 'a batch of one image has no other to be mixed with');
  }
  return found;
}

function textOf(duration: Duration): string {
  const [unit, count] = 'epochs' in duration ? ['epoch', duration.epochs] : ['step', duration.steps];
  return `${count} ${count === 1 ? unit : `${unit}s`}`;
}
