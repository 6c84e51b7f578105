/** Images of another size, up to a batch. */
export interface SizeStage {
  /** Height and width. */
  readonly size: number;
  /** The first batch since the beginning of training, from 0, that is not of this size. */
  readonly until: number;
}

/** Height and width of the images of a batch: those of the first stage that has not ended, else the set's own. */
export function sizeOfBatch(stages: readonly SizeStage[], batch: number, own: number): number {
  return stages.find(({ until }) => batch < until)?.size ?? own;
}
