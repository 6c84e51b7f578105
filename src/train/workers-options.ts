import type { z } from 'zod';

/** What `train` says of who has which images. */
interface Shares {
  readonly batchSize: number;
  readonly workers: number;
}

/** Refuses workers that would not have the same work: all wait for the one that has the most. */
export function refuseUnevenShares({ batchSize, workers }: Shares, context: z.RefinementCtx): void {
  if (batchSize % workers === 0) return;
  const fitting = divisorsOf(batchSize).filter((each) => each <= MOST);
  const below = batchSize - (batchSize % workers);
  const batches = [below, below + workers].filter((each) => each > 0);
  context.addIssue({
    code: 'custom',
    path: ['workers'],
    message:
      `${workers} workers cannot have equal shares of a batch of ${batchSize} (train.batchSize): ` +
      `give ${listed(fitting)} workers, or a batch of ${listed(batches)}`,
  });
}

// --- internal ---

const MOST = 64;

function divisorsOf(number: number): number[] {
  return Array.from({ length: Math.min(number, MOST) }, (_, i) => i + 1).filter(
    (each) => number % each === 0,
  );
}

function listed(numbers: readonly number[]): string {
  const [last, ...others] = [...numbers].reverse();
  return others.length === 0 ? `${last}` : `${others.reverse().join(', ')} or ${last}`;
}
