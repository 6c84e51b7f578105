import type { EngineName } from '../../engine/engine.js';
import { planSweep } from '../../sweep/plan.js';
import { badInput, InvolveError, type Problem } from '../../util/errors.js';
import { overridesOf, type ConfigFlags } from '../load-config.js';
import type { ModelCost } from './model-cost.js';
import { costOfNetwork, type CostOptions } from './network-cost.js';
import { isPredicted } from './predicted-memory.js';

/** The cost of one variant of a sweep. */
export interface VariantCost {
  readonly name: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly params: ModelCost['params'];
  readonly macs: number;
  readonly macsElementwise: number;
  readonly activationBytes: number;
  /** Predicted, where that can be done. */
  readonly trainingMemoryBytes: number | null;
  /** For the engine that would train. */
  readonly trainingMemoryEngine: EngineName | null;
}

export interface SweepCost {
  readonly sweep: string;
  /** Of the first variant. */
  readonly inputSize: number;
  readonly jobs: readonly VariantCost[];
}

/**
 * What each variant of a sweep costs; seeds are alike.
 * @throws InvolveError (exit code 2) with what is wrong with any of them
 */
export async function costOfSweep(
  file: string,
  flags: ConfigFlags,
  options: CostOptions,
): Promise<SweepCost> {
  const plan = planSweep(file, { cwd: options.cwd, set: overridesOf(flags) });
  const variants = [...new Map(plan.jobs.map((job) => [job.name, job])).values()];
  const jobs: VariantCost[] = [];
  const problems: Problem[] = [];
  for (const { name, changes, experiment } of variants) {
    try {
      const { cost, memory } = await costOfNetwork(experiment, options);
      jobs.push({
        name,
        changes,
        params: cost.params,
        macs: cost.macs,
        macsElementwise: cost.macsElementwise,
        activationBytes: cost.activationBytes,
        trainingMemoryBytes: isPredicted(memory) ? memory.bytes : null,
        trainingMemoryEngine: isPredicted(memory) ? memory.engine : null,
      });
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      problems.push(...error.problems.map((each) => ({ ...each, what: `job ${name}: ${each.what}` })));
    }
  }
  if (problems.length > 0) throw badInput('E_SWEEP_INVALID', problems);
  return { sweep: plan.name, inputSize: variants[0].experiment.data.inputSize, jobs };
}
