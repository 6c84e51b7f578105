import { writeFileAtomic } from '../../util/atomic-write.js';
import { ExitCode } from '../../util/errors.js';
import type { CommandRun } from '../command.js';

/** `involve schema`: the JSON Schema of a config or of a sweep file, printed or written. */
export const run: CommandRun = async (_operands, options, context) => {
  const { configJsonSchema, sweepJsonSchema } = await import('../../config/json-schema.js');
  const schema = options.of === 'sweep' ? sweepJsonSchema() : configJsonSchema();
  const text = JSON.stringify(schema, null, 2);
  if (typeof options.out === 'string') {
    const { resolve } = await import('node:path');
    await writeFileAtomic(resolve(context.cwd, options.out), `${text}\n`);
    context.note(`wrote ${options.out}`);
  } else {
    context.print(text);
  }
  return ExitCode.ok;
};
