import type { Share } from '../../../data/stream/share.js';

/** Says whether it is over. Being asked moves it on, so it must be asked. */
export type Transfer = () => boolean;

/** Moves bytes between the workers of a job. What goes from one to another arrives in the order in which it was sent. */
export interface Wire extends Share {
  /** The bytes must stay as they are until it is over. */
  send(bytes: Uint8Array, to: number): Transfer;
  /** @param into as long as what is sent */
  receive(into: Uint8Array, from: number): Transfer;
}
