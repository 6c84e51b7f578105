import type { DataReport } from '../../data/check-data.js';
import { ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { json, set } from '../config-flags.js';
import { configOrSet, dataDir } from '../data-flags.js';
import { showProgress } from '../render/data-progress.js';

/** `involve data check [CONFIG|NAME] [--set …] [--dir DIR]`: looks at every image; exit 2 if some cannot be used. */
export const dataCheck = command({
  name: 'data check',
  description: 'look at every image: unusable, duplicate, unbalanced',
  operands: { config: configOrSet },
  flags: { set, dir: dataDir, json },
  example: 'involve data check configs/exp3.json',
  async run({ config: operand }, flags, context) {
    const { loadTarget } = await import('../../session/data-target.js');
    const { data } = await loadTarget(operand, flags, context.cwd);
    const { openSource, sourceFolder } = await import('../../data/open-source.js');
    const { checkData } = await import('../../data/check-data.js');
    const source = await openSource(data, context.cwd);
    const progress = await showProgress('decoding', context);
    let report: DataReport;
    try {
      report = await checkData(source, data.inputSize, (done, total) => progress.update(done, total));
    } finally {
      progress.stop();
    }
    const dir = sourceFolder(data, context.cwd);
    if (flags.json) {
      context.print(JSON.stringify({ name: data.name, dir, notes: source.notes, ...report }, null, 2));
    } else {
      const { reportLines } = await import('../render/data-report.js');
      for (const line of reportLines(report, { name: data.name, dir, notes: source.notes }))
        context.print(line);
    }
    return report.bad.length > 0 ? ExitCode.badInput : ExitCode.ok;
  },
});
