import { averageOf } from '../../train/ema-options.js';
import type { ConfigPath } from '../located.js';
import type { Experiment } from '../schema.js';
import { textOf, type Length } from './length.js';
import type { Oddity } from './oddity.js';

/** Above it nothing has been seen to train. */
const HIGHEST_RATE = 10;
/** Gradients of a network that learns are many times as long. */
const SHORTEST_NORM = 1e-6;

export function ofPatience({ train: { until }, checkpoint }: Experiment, length: Length): Oddity[] {
  if (typeof until !== 'object') return [];
  // A share goes from 0 to 1, a loss as far as it likes.
  const isShare = !checkpoint.best.endsWith('loss');
  if (isShare && until.minDelta >= 1) {
    const text = `${checkpoint.best} is a share: no epoch betters another by more than ${until.minDelta}, and training ends after ${textOf({ epochs: until.patience })} without`;
    return [{ path: ['train', 'until', 'minDelta'], text }];
  }
  // An epoch is needed for a value to be bettered.
  if ((length.share({ epochs: until.patience }) ?? 0) < 1) return [];
  const text = `a patience of ${textOf({ epochs: until.patience })} in a training of ${length.text} never ends it`;
  return [{ path: ['train', 'until', 'patience'], text }];
}

export function ofSizes({ data, train: { progressive } }: Experiment, length: Length): Oddity[] {
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

export function ofRate({ train: { optimizer } }: Experiment): Oddity[] {
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

/** Settings of such a strength that nothing is learned. */
export function ofStrengths({ train: { clipNorm, labelSmoothing } }: Experiment): Oddity[] {
  const found: Oddity[] = [];
  if (clipNorm !== null && clipNorm < SHORTEST_NORM) {
    const text = `gradients are cut to a length of ${clipNorm}, which leaves next to nothing of any`;
    found.push({ path: ['train', 'clipNorm'], text });
  }
  const lowest =
    typeof labelSmoothing === 'number' ? labelSmoothing : Math.min(labelSmoothing.from, labelSmoothing.to);
  if (lowest > 0.5) {
    const text = `more than half of each label is what all classes have in common (${lowest})`;
    found.push({ path: ['train', 'labelSmoothing'], text });
  }
  return found;
}

export function ofCheckpoints({ checkpoint: { every } }: Experiment, length: Length): Oddity[] {
  // Once an epoch is what nobody has to write; training may well be shorter.
  const isUsual = 'epochs' in every && every.epochs === 1;
  if (isUsual || (length.share(every) ?? 0) <= 1) return [];
  const text = `${textOf(every)} is longer than training (${length.text}): a run that is killed has to start anew`;
  return [{ path: ['checkpoint', 'every'], text }];
}

export function ofAverage({ train: { ema } }: Experiment, { steps }: Length): Oddity[] {
  const average = averageOf(ema);
  // One that warms up forgets them at once.
  const initial = average?.warmUp !== null || steps === undefined ? 0 : average.decay ** steps;
  if (initial <= 0.5) return [];
  const share = `${Math.floor(100 * initial)} %`;
  const text = `after ${steps} steps a moving average with a decay of ${average!.decay} is ${share} the initial weights still`;
  return [{ path: ['train', 'ema'], text }];
}
