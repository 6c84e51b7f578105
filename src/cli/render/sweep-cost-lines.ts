import type { SweepCost, VariantCost } from '../../session/cost/sweep-cost.js';
import { grouped, percent, roundMegabytes } from '../../util/number-text.js';
import { textTable } from './text-table.js';

/** What each variant of a sweep costs, one a line, beside the first. */
export function sweepCostLines({ sweep, inputSize, jobs: costs }: SweepCost): string[] {
  const [base] = costs;
  const share = (value: number, whole: number): string => percent(value / whole);
  const rows = costs.map((cost) => [
    cost.name,
    grouped(cost.params.trainable),
    share(cost.params.trainable, base.params.trainable),
    grouped(cost.macs),
    share(cost.macs, base.macs),
    grouped(cost.macsElementwise),
    roundMegabytes(cost.activationBytes),
    share(cost.activationBytes, base.activationBytes),
    cost.trainingMemoryBytes === null ? '–' : roundMegabytes(cost.trainingMemoryBytes),
  ]);
  return [
    `${sweep}: ${costs.length} variants, in per cent of ${base.name}; of one image of ${inputSize}×${inputSize} in ${base.name}`,
    '',
    ...textTable(HEAD, rows, 1),
    ...memoryEngines(costs),
  ];
}

// --- internal ---

const HEAD = [
  'job',
  'parameters',
  '',
  'multiply-adds',
  '',
  'element-wise',
  'activations',
  '',
  'training memory',
];

/** On which engine the memory was predicted. */
function memoryEngines(costs: readonly VariantCost[]): string[] {
  const engines = [...new Set(costs.map(({ trainingMemoryEngine }) => trainingMemoryEngine))];
  const names = engines.filter((engine) => engine !== null);
  return names.length === 0 ? [] : ['', `training memory: predicted for ${names.join(', ')}`];
}
