import { ConfusionMatrix } from '../../metrics/confusion.js';
import { badInput, type InvolveError } from '../../util/errors.js';
import { readTextIfThere } from '../../util/read-text.js';
import { runPaths } from '../run-paths.js';

/** The matrix in confusion.csv of a run folder; undefined where it was not written yet. */
export async function readConfusion(
  dir: string,
  classes: readonly string[],
): Promise<ConfusionMatrix | undefined> {
  const path = runPaths(dir).confusion;
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  const rows = text.trimEnd().split('\n').slice(1);
  const matrix = new ConfusionMatrix(classes);
  rows.forEach((row, actual) => {
    // A name with a comma is quoted, so whatever follows it are the counts.
    const counts = /(?:,\d+)+$/.exec(row)?.[0].slice(1).split(',').map(Number) ?? [];
    if (rows.length !== classes.length || counts.length < classes.length) throw damaged(path, actual + 2);
    counts.forEach((count, predicted) =>
      matrix.add(actual, predicted < classes.length ? predicted : -1, count),
    );
  });
  return matrix;
}

function damaged(path: string, line: number): InvolveError {
  return badInput('E_CONFUSION_DAMAGED', {
    what: 'the confusion matrix of the run is damaged',
    where: `${path}:${line}`,
    try: 'delete the file; `involve eval RUN --split validation` counts anew',
  });
}
