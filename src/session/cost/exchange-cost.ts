/** Rates of a network between workers, in gigabits a second: an office's, a server's, a cluster's. */
const GIGABITS = [1, 10, 100] as const;

/** What it takes to add up the gradients of a step between workers. */
export interface ExchangeCost {
  readonly workers: number;
  /** What each worker sends in a step, and takes at the same time. */
  readonly sentBytes: number;
  readonly at: readonly {
    /** Gigabits a second that each worker sends and takes. */
    readonly gigabits: number;
    readonly sumMs: number;
    /** Of a step of the whole batch, and how many times faster than on one worker; null without its time on one. */
    readonly stepMs: number | null;
    readonly speedup: number | null;
  }[];
}

/**
 * A step on several workers as compute and sum: each computes its share of the batch, a part in `workers` of the time that
 * the whole takes on one, sends every other worker that one's part of its gradients, and sends the sums of its own part
 * round, so that 2·(N − 1)/N of the values leave each. What a link takes before the first byte is left out, and nothing
 * is computed meanwhile.
 * @param values float32 numbers that are added up: the trainable parameters
 * @param stepMs milliseconds of a step of the whole batch on one worker; null: of the sum alone
 */
export function exchangeCost(values: number, workers: number, stepMs: number | null): ExchangeCost {
  const sentBytes = Math.round((2 * (workers - 1) * 4 * values) / workers);
  const at = GIGABITS.map((gigabits) => {
    const sumMs = (sentBytes * 8) / (gigabits * 1e6);
    const all = stepMs === null ? null : stepMs / workers + sumMs;
    return { gigabits, sumMs, stepMs: all, speedup: all === null ? null : stepMs! / all };
  });
  return { workers, sentBytes, at };
}
