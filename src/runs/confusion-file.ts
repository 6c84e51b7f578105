import { writeFileAtomic } from '../util/atomic-write.js';
import type { ConfusionMatrix } from '../metrics/confusion.js';
import { runPaths } from './run-paths.js';

/** Writes confusion.csv of a run folder: rows actual, columns predicted. */
export async function writeConfusion(dir: string, matrix: ConfusionMatrix): Promise<void> {
  await writeFileAtomic(runPaths(dir).confusion, matrix.toCsv());
}
