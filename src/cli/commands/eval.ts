import { ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { anyFolder } from '../completes.js';
import { json } from '../config-flags.js';
import { choice, text } from '../flags.js';
import { runOrFile } from '../operands.js';
import { viewFlags, viewsOf } from '../view-flags.js';

export const evaluate = command({
  name: 'eval',
  description: 'measure a trained run on held-out images',
  operands: { run: runOrFile },
  flags: {
    split: choice('name', 'which images', ['train', 'validation', 'test'], 'test'),
    checkpoint: text(
      'name',
      'which weights: best (default), last, averaged, or epoch-<n> of those that are kept',
      {
        words: ['best', 'last', 'averaged'],
      },
    ),
    ...viewFlags,
    data: text('dir', 'folder of the data, in the place of data.dir', anyFolder),
    json,
  },
  example: 'involve eval runs/quickstart/seed-0',
  async run({ run }, { split, data, checkpoint, json, ...forms }, { print, note, cwd }) {
    const [{ evaluateRun }, { evaluationLines }] = await Promise.all([
      import('../../session/evaluate-run.js'),
      import('../render/evaluation-lines.js'),
    ]);
    const onNote = (text: string): void => note(`note: ${text}`);
    const evaluated = await evaluateRun(run, { cwd, split, data, checkpoint, views: viewsOf(forms), onNote });
    if (json) print(JSON.stringify(evaluated.evaluation));
    else for (const line of evaluationLines(evaluated)) print(line);
    const { unsaved } = evaluated;
    if (unsaved) onNote(`the results are printed, but not kept in ${run}: ${unsaved.what}`);
    return ExitCode.ok;
  },
});
