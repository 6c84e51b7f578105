import { createHash } from 'node:crypto';
import type { Sums } from '../../tasks/task.js';
import { runFailed } from '../../util/errors.js';
import type { TrainingState } from '../state.js';
import { addSums } from './add-sums.js';
import type { Exchange } from './exchange.js';

/**
 * Keeps the workers of one job in step: each decides by itself what to do next, so what decides must be the same for all.
 * One worker alone agrees with itself.
 */
export class Team {
  #isStopped = false;

  constructor(
    private readonly exchange: Exchange | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {}

  get rank(): number {
    return this.exchange?.rank ?? 0;
  }

  /** Whether to save and end: the signal of any worker asks all of them to, at the end of the same step. */
  get isStopped(): boolean {
    return this.exchange === undefined ? this.signal?.aborted === true : this.#isStopped;
  }

  /**
   * The sums of an epoch with a step more, and how many images that step had.
   * @param start sums of no image
   * @param add gives sums with what this worker had of the step
   */
  async addStep(
    before: Sums,
    start: Sums,
    images: number,
    add: (sums: Sums) => Sums,
  ): Promise<{ readonly sums: Sums; readonly images: number }> {
    if (this.exchange === undefined) return { sums: add(before), images };
    const own = { sums: add(start), images, isStopped: this.signal?.aborted === true };
    const all = await this.exchange.gather(own);
    this.#isStopped = all.some((each) => each.isStopped);
    return {
      sums: all.reduce((sum, { sums }) => addSums(sum, sums), before),
      images: all.reduce((sum, each) => sum + each.images, 0),
    };
  }

  /** What the first worker says that says anything. */
  async first<T>(own: T | undefined): Promise<T | undefined> {
    if (this.exchange === undefined) return own;
    return (await this.exchange.gather(own)).find((each) => each !== undefined);
  }

  /**
   * Makes sure that all workers have the same state, bit for bit.
   * @param when for people: `at the start`
   * @throws InvolveError E_WORKERS_DIFFER (exit code 1), at every worker
   */
  async refuseDifference(state: () => TrainingState, when: string): Promise<void> {
    if (this.exchange === undefined) return;
    const hashes = await this.exchange.gather(hashOf(state()));
    const other = hashes.findIndex((hash) => hash !== hashes[0]);
    if (other < 0) return;
    throw runFailed('E_WORKERS_DIFFER', {
      what: `worker ${other} has other weights than worker 0 ${when}`,
      where: 'train.workers',
      try: 'a processor or memory that is at fault computes like this: involve doctor; --workers 1 does without it',
    });
  }
}

// --- internal ---

function hashOf({ progress, tensors }: TrainingState): string {
  const hash = createHash('sha256').update(JSON.stringify(progress));
  for (const [name, { data }] of tensors) hash.update(name).update(data);
  return hash.digest('hex');
}
