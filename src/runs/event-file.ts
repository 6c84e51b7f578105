import { appendFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { restartEvent, scalarEvent, versionEvent, type Scalars } from './event-message.js';
import { explainWriteError } from '../util/system-error.js';

/** Writes scalars that TensorBoard shows. */
export interface EventFile {
  readonly path: string;
  /** Values measured when `step` steps were done; those that are no numbers stand as gaps. */
  write(step: number, scalars: Readonly<Record<string, number | null>>): void;
}

/**
 * Starts an event file in a run folder, one for each process as TensorBoard expects it; nothing is
 * written before the first values are there. After a resume readers are told to drop what an earlier
 * process wrote beyond the step that the run goes on from.
 */
export function openEventFile(dir: string, resumedAt?: number): EventFile {
  const started = Date.now();
  // Readers take the files of a folder in the order of their names: milliseconds keep it for a quick restart.
  const stamp = `${Math.floor(started / 1000)}.${String(started % 1000).padStart(3, '0')}`;
  const path = join(dir, `events.out.tfevents.${stamp}.${hostname()}.${process.pid}`);
  let begun = false;
  const append = (...records: readonly Uint8Array[]): void => {
    try {
      // Not synced: metrics.csv is the durable record, this one is for looking at.
      appendFileSync(path, Buffer.concat(records));
    } catch (error) {
      throw explainWriteError(error, path) ?? error;
    }
  };
  return {
    path,
    write(step, scalars) {
      const known = Object.entries(scalars).filter(([, value]) => value !== null) as [string, number][];
      const seconds = Date.now() / 1000;
      if (!begun) {
        begun = true;
        append(versionEvent(started / 1000));
        if (resumedAt !== undefined) append(restartEvent(started / 1000, resumedAt + 1));
      }
      append(scalarEvent(seconds, step, Object.fromEntries(known) as Scalars));
    },
  };
}
