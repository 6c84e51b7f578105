import { resolve } from 'node:path';
import { ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { anyFile } from '../completes.js';
import { choice, text } from '../flags.js';

/** `involve schema`: the JSON Schema of a config or of a sweep file, printed or written. */
export const schema = command({
  name: 'schema',
  description: 'print the JSON Schema of a config or a sweep file, for editors',
  operands: {},
  flags: {
    of: choice('kind', 'of which file', ['config', 'sweep'], 'config'),
    out: text('file', 'write it to a file instead', anyFile),
  },
  example: 'involve schema --out configs/schema.json',
  async run(_operands, { of, out }, { print, note, cwd }) {
    const { configJsonSchema, sweepJsonSchema } = await import('../../config/json-schema.js');
    const json = JSON.stringify(of === 'sweep' ? sweepJsonSchema() : configJsonSchema(), null, 2);
    if (out === undefined) {
      print(json);
      return ExitCode.ok;
    }
    const { writeFileAtomic } = await import('../../util/writing/atomic-write.js');
    await writeFileAtomic(resolve(cwd, out), `${json}\n`);
    note(`wrote ${out}`);
    return ExitCode.ok;
  },
});
