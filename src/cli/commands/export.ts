import { EXCHANGE_FORMAT_NAMES, exchangeFormatWords } from '../../exchange/registry.js';
import { ExitCode } from '../../util/errors.js';
import { interruptible } from '../../util/interruption.js';
import { command } from '../command.js';
import { anyFile, anyFolder } from '../completes.js';
import { json } from '../config-flags.js';
import { choice, count, text } from '../flags.js';
import { run } from '../operands.js';

/** `involve export RUN`: a file that others load, compared with the run on real images before it is there. */
export const exportCommand = command({
  name: 'export',
  description: 'write a trained run as a file that others load, checked on images of its test split',
  operands: { run },
  flags: {
    format: choice('name', `what to write: ${exchangeFormatWords()}`, EXCHANGE_FORMAT_NAMES, 'onnx'),
    out: text('path', 'where to (default: model.<ending> in the run’s folder)', anyFile),
    check: count('n', 'images to compare with the run; 0 writes the file and has nobody read it', {
      from: 0,
      default: 100,
    }),
    checkpoint: text(
      'name',
      'which weights: best (default), last, averaged, or epoch-<n> of those that are kept',
      {
        words: ['best', 'last', 'averaged'],
      },
    ),
    data: text('dir', 'folder of the data, in the place of data.dir', anyFolder),
    json,
  },
  example: 'involve export runs/quickstart/seed-0 --format onnx --out scenes.onnx',
  async run({ run }, { format, out, check, checkpoint, data, json }, { print, note, cwd }) {
    const [{ exportRun }, { exportLines }] = await Promise.all([
      import('../../session/export-run.js'),
      import('../render/export-lines.js'),
    ]);
    const onNote = (text: string): void => note(`note: ${text}`);
    const interruption = interruptible();
    try {
      const { signal } = interruption;
      const exported = await exportRun(run, { cwd, format, out, check, checkpoint, data, onNote, signal });
      if (json) print(JSON.stringify(exported));
      else for (const line of exportLines(exported)) print(line);
      return ExitCode.ok;
    } catch (error) {
      if (interruption.exitCode === undefined) throw error;
      return interruption.exitCode;
    } finally {
      interruption.end();
    }
  },
});
