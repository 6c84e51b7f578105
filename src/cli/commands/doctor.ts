import { ExitCode, missing } from '../../util/errors.js';
import { command } from '../command.js';
import { json } from '../config-flags.js';

/** `involve doctor`: what this machine has; exit code 3 with the ways to mend it when training could not run. */
export const doctor = command({
  name: 'doctor',
  description: 'check what this machine has and what it lacks',
  operands: {},
  flags: { json },
  example: 'involve doctor',
  async run(_operands, flags, context) {
    const { examine } = await import('../../session/examine-machine.js');
    const checks = await examine(context.cwd);
    const lacking = checks.filter(({ status }) => status === 'lacks');
    if (flags.json) {
      context.print(JSON.stringify({ canTrain: lacking.length === 0, checks }, null, 2));
    } else {
      const width = Math.max(...checks.map(({ name }) => name.length));
      for (const { name, status, detail, fix } of checks) {
        const hint = fix !== undefined && status === 'note' ? ` (${fix})` : '';
        context.print(`${status.padEnd(5)}  ${name.padEnd(width)}  ${detail}${hint}`);
      }
    }
    if (lacking.length > 0) {
      throw missing(
        'E_MACHINE_LACKS',
        lacking.map(({ name, detail, fix }) => ({ what: `${name}: ${detail}`, try: fix })),
      );
    }
    return ExitCode.ok;
  },
});
