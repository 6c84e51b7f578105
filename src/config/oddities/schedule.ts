import { reducingEpoch } from '../../train/schedules/plateau.js';
import type { Experiment } from '../schema.js';
import { textOf, type Length } from './length.js';
import type { Oddity } from './oddity.js';

/** No schedule that is meant lowers the rate so far at once. */
const LOWEST_FACTOR = 1e-6;
/** With a timescale so many times as long as training the rate ends at more than 95 % of what it was. */
const SLOWEST = 10;

export function ofWarmUp({ train: { schedule } }: Experiment, length: Length): Oddity[] {
  if (schedule.warmUpStart !== null && schedule.warmUp === null) {
    const text = `${schedule.warmUpStart} is where a warm-up starts, and there is none (train.schedule.warmUp)`;
    return [{ path: ['train', 'schedule', 'warmUpStart'], text }];
  }
  const share = schedule.warmUp && length.share(schedule.warmUp);
  if (!share || share <= 0.5) return [];
  const path = ['train', 'schedule', 'warmUp'];
  const all = `of ${textOf(schedule.warmUp!)} in a training of ${length.text}`;
  if (share < 1) return [{ path, text: `a warm-up ${all} is more than half of it` }];
  if (schedule.warmUpStart === 1)
    return [{ path, text: `a warm-up ${all} from the full rate on: the rate stays as it is` }];
  const reached = share > 1 ? `, and ends at ${(100 / share).toPrecision(2)} % of what is configured` : '';
  return [{ path, text: `a warm-up ${all}: the rate does nothing but climb${reached}` }];
}

export function ofSchedule({ train: { schedule, optimizer } }: Experiment, length: Length): Oddity[] {
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
  if (schedule.name === 'exponential' && (length.share(schedule.every) ?? 0) >= 1 && schedule.staircase) {
    const text = `${textOf(schedule.every)} are not over before the end of training (${length.text}): the rate stays as it is`;
    found.push({ path: [...path, 'every'], text });
  }
  if ((schedule.name === 'exponential' || schedule.name === 'step') && schedule.factor < LOWEST_FACTOR) {
    const text = `a rate that is multiplied by ${schedule.factor} once is as good as none from then on`;
    found.push({ path: [...path, 'factor'], text });
  }
  if (schedule.name === 'inverse-sqrt' && schedule.timescale !== null) {
    const share = length.share(schedule.timescale) ?? 0;
    if (share > SLOWEST) {
      const text = `a timescale of ${textOf(schedule.timescale)} in a training of ${length.text}: the rate hardly changes`;
      found.push({ path: [...path, 'timescale'], text });
    }
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
