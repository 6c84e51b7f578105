import type { EngineStatus } from '../engine/engine.js';
import { ExitCode } from '../util/errors.js';
import type { CommandRun } from './command.js';

/** `involve engine list`: which engines work here, why the others do not, and what mends it. */
export const engineList =
  (listEngines: () => Promise<readonly EngineStatus[]>): CommandRun =>
  async (_operands, options, { print }) => {
    const engines = await listEngines();
    if (options.json === true) {
      print(JSON.stringify(engines, null, 2));
      return ExitCode.ok;
    }
    const width = Math.max(...engines.map(({ name }) => name.length));
    const margin = ' '.repeat(width + 6);
    for (const { name, available, detail, reason, fix } of engines) {
      print(`${name.padEnd(width)}  ${available ? 'ok' : 'no'}  ${detail}`);
      if (reason !== undefined && (!available || options.verbose === true)) {
        for (const line of reason.split('\n')) print(`${margin}${line}`);
      }
      if (fix !== undefined && (!available || options.verbose === true)) print(`${margin}try: ${fix}`);
    }
    return ExitCode.ok;
  };
