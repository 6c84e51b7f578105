import { stepsPerEpoch } from '../../train/batch-source.js';
import { toSteps } from '../../train/schedules/duration.js';
import type { Duration } from '../../util/schema-parts.js';
import type { Experiment } from '../schema.js';

/** How long training is. */
export class Length {
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

/** `3 epochs` */
export function textOf(duration: Duration): string {
  const [unit, count] = 'epochs' in duration ? ['epoch', duration.epochs] : ['step', duration.steps];
  return `${count} ${count === 1 ? unit : `${unit}s`}`;
}
