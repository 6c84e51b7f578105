import { readFileSync } from 'node:fs';
import type { Workspace } from './command-line.testing.js';

/**
 * A mistake, and what is typed by somebody who does as the `try:` line says: the words that `matches` finds in it are
 * handed over. Afterwards the command does its work.
 */
export interface Situation {
  readonly typed: string;
  readonly matches: RegExp;
  /** Does what the advice says, where that is no word of the command line, and gives the command back. */
  readonly then: (found: RegExpExecArray, work: Workspace) => string;
  /** Makes the mistake, where it is none of the command line. */
  readonly write?: (work: Workspace) => void;
  /** What the mistake comes to. */
  readonly code?: number;
}

/** A word of the command line that is another one in truth. */
export const mistyped = (typed: string, wrong: string, matches = MEANT): Situation => ({
  typed,
  matches,
  then: ([, meant]) => typed.replace(wrong, meant),
});

/** Checks a config and counts its network; the reference predicts no memory, so that no step is recorded. */
export const dryRun = (config: string, more = ''): string =>
  `train ${config} --dry-run --engine reference${more}`;

export const MEANT = /^did you mean "(.*)"\?$/;

/** A config with a mistake in it, mended in the file. */
export const inFile = (
  name: string,
  content: object | string,
  matches: RegExp,
  mend: (found: RegExpExecArray) => [from: string, to: string],
  command = dryRun(name),
): Situation => ({
  typed: command,
  matches,
  write: (work) => void work.write(name, content),
  then: (found, work) => {
    replace(work, name, ...mend(found));
    return command;
  },
});

/** Writes a file anew with one word in the place of another. */
export function replace(work: Workspace, name: string, from: string, to: string): void {
  const text = readFileSync(work.path(name), 'utf8');
  if (!text.includes(from)) throw new Error(`Expected ${JSON.stringify(from)} in ${name} but found ${text}`);
  work.write(name, text.replace(from, to));
}
