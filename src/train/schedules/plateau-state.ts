/** Where a plateau schedule stands; kept in checkpoints. */
export interface PlateauState {
  /** Lowest val_loss so far. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly badEpochs: number;
  /** Reductions made. */
  readonly reductions: number;
  /** The condition fired again after the last reduction allowed. */
  readonly exhausted: boolean;
}

export const PLATEAU_START: PlateauState = { best: null, badEpochs: 0, reductions: 0, exhausted: false };
