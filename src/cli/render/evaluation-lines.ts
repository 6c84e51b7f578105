import type { EvaluatedRun } from '../../session/evaluate-run.js';

/** What an evaluation says of a trained run. */
export function evaluationLines({ evaluation, lines, pictures }: EvaluatedRun): string[] {
  const { run, checkpoint, epoch, images, split } = evaluation;
  return [
    `${run}, ${checkpoint} checkpoint (epoch ${epoch}), ${images} images of ${split}`,
    ...lines,
    '',
    ...pictures.map(({ title, path }) => `${title}: ${path}`),
  ];
}
