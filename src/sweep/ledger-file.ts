import { join } from 'node:path';
import type { ProcessIdentity } from '../util/process-identity.js';
import { badInput } from '../util/errors.js';
import { readTextIfThere } from '../util/read-text.js';
import { shellWord } from '../util/shell-words.js';

/**
 * `pending`: not begun. `queued`: waits in Slurm. `stopped`: begun, its state saved, not at its end.
 * A job is open in every state but `done`; `running` and `queued` are to be looked at again.
 */
export type JobState = 'pending' | 'queued' | 'running' | 'stopped' | 'done' | 'failed';

/** What the ledger says of a job. */
export interface LedgerJob {
  readonly name: string;
  readonly seed: number;
  /** The run folder within that of the sweep. */
  readonly folder: string;
  /** What the sweep changes of the config. */
  readonly changes: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  readonly state: JobState;
  /** How often a process was started for it, or a task submitted. */
  readonly attempts: number;
  /** While it runs here. */
  readonly process?: ProcessIdentity;
  /** While Slurm has it: the name it was submitted by, and its task (`123_4`) once that is known. */
  readonly slurm?: { readonly submission: string; readonly index: number; readonly task?: string };
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why it failed, and the end of what it wrote to stderr. */
  readonly failure?: {
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly reason?: string;
    readonly stderr: readonly string[];
  };
}

/** `ledger.json` in the folder of a sweep. */
export interface LedgerFile {
  readonly version: 1;
  readonly sweep: string;
  readonly description: string;
  /** The sweep file it was last called with, as typed. */
  readonly file: string;
  /** The words after `involve` of that call. */
  readonly command?: readonly string[];
  readonly created: string;
  readonly updated: string;
  readonly jobs: readonly LedgerJob[];
}

export const LEDGER = 'ledger.json';

/** The ledger of a sweep's folder; undefined where there is none. */
export async function readLedger(dir: string): Promise<LedgerFile | undefined> {
  const path = join(dir, LEDGER);
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    const ledger = JSON.parse(text) as LedgerFile;
    if (ledger.version === 1 && Array.isArray(ledger.jobs)) return ledger;
  } catch {
    // The error below says it better.
  }
  throw badInput('E_LEDGER_DAMAGED', {
    what: 'the ledger of the sweep cannot be read',
    where: path,
    try: `mend it, or make a new one from the run folders: rm ${shellWord(path)}`,
  });
}
