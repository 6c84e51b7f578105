import type { EngineName } from '../../engine/engine.js';
import type { Experiment } from '../../config/schema.js';
import { designFor } from '../../tasks/classification/first-fitting-size.js';
import { planSweep } from '../../sweep/plan.js';
import { badInput, ExitCode, InvolveError, type Problem } from '../../util/errors.js';
import { classCount } from '../../session/class-count.js';
import type { CommandContext, CommandOptions } from '../command.js';
import { costOf, grouped, megabytes, type ModelCost } from '../../session/model-cost.js';
import { predictMemory } from '../../session/predicted-memory.js';
import { textTable } from './text-table.js';

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

/** `involve summary SWEEP`: what each variant of a sweep costs, one a line, beside the first; seeds are alike. */
export async function summarizeSweep(
  file: string,
  overrides: readonly string[],
  options: CommandOptions,
  { print, cwd }: CommandContext,
): Promise<ExitCode> {
  if (options.schedule) {
    throw badInput('E_ARGUMENT', {
      what: '--schedule is of one config, and this is a sweep',
      where: file,
      try: 'the config that the sweep names as base',
    });
  }
  const plan = planSweep(file, { cwd, set: overrides });
  const variants = [...new Map(plan.jobs.map((job) => [job.name, job])).values()];
  const costs: VariantCost[] = [];
  const problems: Problem[] = [];
  for (const { name, changes, experiment } of variants) {
    try {
      costs.push({ name, changes, ...(await costOfVariant(experiment, options, cwd)) });
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      problems.push(...error.problems.map((each) => ({ ...each, what: `job ${name}: ${each.what}` })));
    }
  }
  if (problems.length > 0) throw badInput('E_SWEEP_INVALID', problems);
  const [{ experiment }] = variants;
  if (options.json) print(JSON.stringify({ sweep: plan.name, jobs: costs }));
  else for (const line of lines(plan.name, experiment, costs)) print(line);
  return ExitCode.ok;
}

// --- internal ---

async function costOfVariant(
  experiment: Experiment,
  options: CommandOptions,
  cwd: string,
): Promise<Omit<VariantCost, 'name' | 'changes'>> {
  const classes = (options.classes as number | undefined) ?? (await classCount(experiment, cwd));
  const batch = (options.batch as number | undefined) ?? experiment.train.batchSize;
  const net = designFor(experiment.model, experiment.data.inputSize, classes);
  const { params, macs, macsElementwise, activationBytes } = costOf(net, experiment, classes, batch);
  const memory = await predictMemory(net, experiment, classes, batch);
  return {
    ...{ params, macs, macsElementwise, activationBytes },
    trainingMemoryBytes: memory?.bytes ?? null,
    trainingMemoryEngine: memory?.engine ?? null,
  };
}

function lines(sweep: string, first: Experiment, costs: readonly VariantCost[]): string[] {
  const [base] = costs;
  const percent = (value: number, whole: number): string => `${((100 * value) / whole).toFixed(1)} %`;
  const rows = costs.map((cost) => [
    ...[cost.name, grouped(cost.params.trainable), percent(cost.params.trainable, base.params.trainable)],
    ...[grouped(cost.macs), percent(cost.macs, base.macs), grouped(cost.macsElementwise)],
    ...[megabytes(cost.activationBytes), percent(cost.activationBytes, base.activationBytes)],
    cost.trainingMemoryBytes === null ? '–' : megabytes(cost.trainingMemoryBytes),
  ]);
  const head = [
    ...['job', 'parameters', '', 'multiply-adds', '', 'element-wise'],
    ...['activations', '', 'training memory'],
  ];
  const { inputSize } = first.data;
  return [
    `${sweep}: ${costs.length} variants, in per cent of ${base.name}; of one image of ${inputSize}×${inputSize} in ${base.name}`,
    '',
    ...textTable(head, rows, 1),
    ...memoryEngines(costs),
  ];
}

/** On which engine the memory was predicted. */
function memoryEngines(costs: readonly VariantCost[]): string[] {
  const engines = [...new Set(costs.map(({ trainingMemoryEngine }) => trainingMemoryEngine))];
  const names = engines.filter((engine) => engine !== null);
  return names.length === 0 ? [] : ['', `training memory: predicted for ${names.join(', ')}`];
}
