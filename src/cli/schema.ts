import { writeFileAtomic } from '../util/atomic-write.js';
import { ExitCode } from '../util/errors.js';
import type { CommandRun } from './command.js';

/** `involve schema`: the JSON Schema of a config, printed or written. */
export const run: CommandRun = async (_operands, options, context) => {
  const { configJsonSchema } = await import('../config/json-schema.js');
  const text = JSON.stringify(configJsonSchema(), null, 2);
  if (typeof options.out === 'string') {
    const { resolve } = await import('node:path');
    await writeFileAtomic(resolve(context.cwd, options.out), `${text}\n`);
    context.note(`wrote ${options.out}`);
  } else {
    context.print(text);
  }
  return ExitCode.ok;
};
