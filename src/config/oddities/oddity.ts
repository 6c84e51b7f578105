import type { ConfigPath } from '../located.js';

/** What can be trained and is hardly meant. */
export interface Oddity {
  readonly path: ConfigPath;
  /** Of the value there. */
  readonly text: string;
}
