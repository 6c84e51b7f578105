import { resolve } from 'node:path';
import { formatWords } from '../../report/formats/registry.js';
import { ExitCode } from '../../util/errors.js';
import { shownPath } from '../../util/shown-path.js';
import { command } from '../command.js';
import { anyFile } from '../completes.js';
import { text } from '../flags.js';
import { many } from '../operands.js';

/** `involve report RUN|SWEEP…`: the ablation table and what goes with it, in the format of the file's name. */
export const report = command({
  name: 'report',
  description:
    'compare runs: accuracy over seeds, what changed, what it costs, curves; of runs over the same data',
  operands: { run: many('run folders, folders of runs, or sweeps', { paths: ['run', 'config'] }) },
  flags: {
    base: text('name', 'the config that the others are compared to (default: the first)'),
    out: text('file', `write ${formatWords()} (default: Markdown on stdout)`, anyFile),
  },
  example: 'involve report runs/exp0 runs/exp3 --base exp0 --out report.html',
  async run({ run: targets }, { base, out }, { print, note, cwd }) {
    const [{ reportOfRuns }, { documentOf }, { reportWriter }, { toMarkdown }] = await Promise.all([
      import('../../session/report-of-runs.js'),
      import('../../report/sections.js'),
      import('../../report/report-file.js'),
      import('../../report/formats/markdown.js'),
    ]);
    const write = out === undefined ? undefined : reportWriter(out);
    const found = await reportOfRuns(targets, { base, cwd });
    const document = documentOf(found);
    if (write === undefined) {
      print(toMarkdown(document).trimEnd());
      return ExitCode.ok;
    }
    const files = await write(found, document, resolve(cwd, out!));
    for (const warning of document.warnings) note(`note: ${warning}`);
    note(`wrote ${files.map((file) => shownPath(cwd, file)).join(', ')}`);
    return ExitCode.ok;
  },
});
