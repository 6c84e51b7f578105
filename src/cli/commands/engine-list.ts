import type { EngineStatus } from '../../engine/engine.js';
import { ExitCode } from '../../util/errors.js';
import type { CommandRun } from '../command.js';
import type { StepFallbacks } from '../../session/step-fallbacks.js';

/**
 * `involve engine list [CONFIG]`: which engines work here, why the others do not, and what mends it; of a config, which
 * operations of a train step the embedded engine leaves to tf.js's CPU code.
 */
export const engineList =
  (
    listEngines: () => Promise<readonly EngineStatus[]>,
    stepFallbacks: (config: string, cwd: string) => Promise<StepFallbacks | undefined>,
  ): CommandRun =>
  async ([config], options, { print, cwd }) => {
    const engines = await listEngines();
    const step = config === undefined ? undefined : await stepFallbacks(config, cwd);
    if (options.json === true) {
      print(JSON.stringify(step ? { engines, step } : engines, null, 2));
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
    if (step) print(stepLine(step));
    return ExitCode.ok;
  };

function stepLine({ model, calls, fallbacks }: StepFallbacks): string {
  const names = Object.entries(fallbacks).map(([name, count]) => `${name} (${count})`);
  const slow = names.length === 0 ? 'none' : names.join(', ');
  return `a train step of ${model} on wasm: ${calls.toLocaleString('en-US')} calls; on tf.js's CPU code: ${slow}`;
}
