import type { Environment } from '../../runs/record/environment.js';
import type { Exchange } from '../../train/workers/exchange.js';
import type { ResumePoint } from './worker-message.js';

/** The other workers of a job, ready to train, as the first one sees them. */
export interface Workers {
  readonly exchange: Exchange;
  /** Who takes part, for the record. */
  readonly record: NonNullable<Environment['workers']>;
  /** They begin to train, from the start or from a checkpoint. */
  begin(resume: ResumePoint | undefined): Promise<void>;
  /** Training is over, at all of them. */
  leave(): Promise<void>;
  /** Ends those that still live. */
  close(): void;
}
