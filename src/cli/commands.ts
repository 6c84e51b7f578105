import type { Command } from './command.js';
import { bench } from './commands/bench.js';
import { completionOf } from './commands/completion.js';
import { dataCheck } from './commands/data-check.js';
import { dataGet } from './commands/data-get.js';
import { dataList } from './commands/data-list.js';
import { dataShow } from './commands/data-show.js';
import { doctor } from './commands/doctor.js';
import { engineInstall } from './commands/engine-install.js';
import { engineList } from './commands/engine-list.js';
import { engineRemove } from './commands/engine-remove.js';
import { evaluate } from './commands/eval.js';
import { exportCommand } from './commands/export.js';
import { explain } from './commands/explain.js';
import { importWeights } from './commands/import.js';
import { init } from './commands/init.js';
import { lrFind } from './commands/lr-find.js';
import { predict } from './commands/predict.js';
import { report } from './commands/report.js';
import { schema } from './commands/schema.js';
import { summary } from './commands/summary.js';
import { sweep } from './commands/sweep.js';
import { train } from './commands/train.js';

/** Commands that share a first word. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  data: 'fetch, check and look at data sets',
  engine: 'where the arithmetic happens',
};

/** Every command that works, in the order of `involve --help`. */
export const COMMANDS: readonly Command[] = [
  train,
  sweep,
  evaluate,
  predict,
  explain,
  summary,
  bench,
  lrFind,
  report,
  exportCommand,
  importWeights,
  dataList,
  dataGet,
  dataCheck,
  dataShow,
  engineList,
  engineInstall,
  engineRemove,
  doctor,
  init,
  schema,
  completionOf(() => ({ commands: COMMANDS, groups: COMMAND_GROUPS })),
];
