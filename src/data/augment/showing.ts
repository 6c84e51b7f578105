/** An image of the set as one epoch of a run shows it: what is drawn for it is a function of these three. */
export interface Showing {
  readonly seed: number;
  readonly epoch: number;
  readonly image: number;
}
