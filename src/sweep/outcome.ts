import { readFile } from 'node:fs/promises';
import { isRun } from '../runs/run-folder.js';
import { runPaths } from '../runs/run-paths.js';

/** How a run ended, from its summary.json. */
export interface RunOutcome {
  readonly outcome: string;
  readonly epochs: number;
  readonly seconds: number;
  readonly parameters: number;
  readonly final: { readonly valTop1: number; readonly valLoss: number } | null;
  readonly best: { readonly epoch: number; readonly valTop1: number } | null;
}

/** Undefined while the run has not ended. */
export async function readOutcome(dir: string): Promise<RunOutcome | undefined> {
  try {
    return JSON.parse(await readFile(runPaths(dir).summary, 'utf8')) as RunOutcome;
  } catch {
    return undefined;
  }
}

/** Whether a run reached its end; one that diverged did not. */
export async function isFinished(dir: string): Promise<boolean> {
  const outcome = (await readOutcome(dir))?.outcome;
  return (outcome === 'done' || outcome === 'plateau') && (await isRun(dir));
}
