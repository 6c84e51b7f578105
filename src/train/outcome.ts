import type { Progress } from './state.js';

/** Where and in which layer numbers stopped being finite. */
export interface Divergence {
  readonly step: number;
  readonly epoch: number;
  readonly layer: string | undefined;
}

/** How training ended. */
export interface TrainOutcome {
  readonly kind: 'done' | 'plateau' | 'early-stop' | 'interrupted' | 'diverged';
  readonly progress: Progress;
  readonly divergence?: Divergence;
}
