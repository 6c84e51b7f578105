import type { EngineStatus } from '../../engine/engine.js';
import type { StepFallbacks } from '../../session/cost/step-fallbacks.js';
import { ExitCode } from '../../util/errors.js';
import { grouped } from '../../util/number-text.js';
import { command } from '../command.js';
import { configs } from '../completes.js';
import { json } from '../config-flags.js';
import { flag } from '../flags.js';
import { optional } from '../operands.js';

/** What `engine list` asks. */
export interface EngineQuestions {
  listEngines(): Promise<readonly EngineStatus[]>;
  stepFallbacks(config: string, cwd: string): Promise<StepFallbacks | undefined>;
}

/**
 * `involve engine list [CONFIG]`: which engines work here, why the others do not, and what mends it; of a config, which
 * operations of a train step the embedded engine leaves to tf.js's CPU code.
 */
export const engineListBy = ({ listEngines, stepFallbacks }: EngineQuestions) =>
  command({
    name: 'engine list',
    description: 'which engines work here, and why the others do not',
    operands: { config: optional('a model: which of its operations have no kernel of ours', configs) },
    flags: { verbose: flag('which operations have kernels of their own, too'), json },
    example: 'involve engine list --verbose configs/exp3.json',
    async run({ config }, { verbose, json }, { print, cwd }) {
      const engines = await listEngines();
      const step = config === undefined ? undefined : await stepFallbacks(config, cwd);
      if (json) {
        print(JSON.stringify(step ? { engines, step } : engines, null, 2));
        return ExitCode.ok;
      }
      const width = Math.max(...engines.map(({ name }) => name.length));
      const margin = ' '.repeat(width + 6);
      for (const { name, available, detail, reason, fix } of engines) {
        print(`${name.padEnd(width)}  ${available ? 'ok' : 'no'}  ${detail}`);
        if (reason !== undefined && (!available || verbose)) {
          for (const line of reason.split('\n')) print(`${margin}${line}`);
        }
        if (fix !== undefined && (!available || verbose)) print(`${margin}try: ${fix}`);
      }
      if (step) print(stepLine(step));
      return ExitCode.ok;
    },
  });

export const engineList = engineListBy({
  listEngines: async () => (await import('../../engine/engine.js')).listEngines(),
  stepFallbacks: async (config, cwd) =>
    (await import('../../session/cost/step-fallbacks.js')).stepFallbacks(config, cwd),
});

// --- internal ---

function stepLine({ model, calls, fallbacks }: StepFallbacks): string {
  const names = Object.entries(fallbacks).map(([name, count]) => `${name} (${count})`);
  const slow = names.length === 0 ? 'none' : names.join(', ');
  return `a train step of ${model} on wasm: ${grouped(calls)} calls; on tf.js's CPU code: ${slow}`;
}
