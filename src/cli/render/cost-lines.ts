import type { Experiment } from '../../config/schema.js';
import type { ExchangeCost } from '../../session/cost/exchange-cost.js';
import type { ModelCost } from '../../session/cost/model-cost.js';
import type { OctaveShare } from '../../session/cost/octave-share.js';
import {
  isPredicted,
  type PredictedMemory,
  type UnknownMemory,
} from '../../session/cost/predicted-memory.js';
import { publishedFigures } from '../../config/source.js';
import { grouped, percent, roundMegabytes } from '../../util/number-text.js';
import { textTable } from './text-table.js';

/** Layer by layer, then the totals. */
export function summaryLines(
  experiment: Experiment,
  cost: ModelCost,
  memory: PredictedMemory | UnknownMemory | undefined,
): string[] {
  const rows = cost.layers.map((layer) => [
    layer.name,
    layer.outputShape.join('×'),
    grouped(layer.parameters),
    grouped(layer.macs),
    grouped(layer.activationBytes),
  ]);
  const head = ['layer', 'output', 'parameters', 'multiply-adds', 'activation bytes'];
  return [
    `${experiment.name}: input ${cost.input.join('×')}, ${cost.classes} classes`,
    '',
    ...textTable(head, rows, 2),
    '',
    ...totalLines(experiment, cost, memory),
  ];
}

/** The totals, and what the article claimed beside them. */
export function totalLines(
  experiment: Experiment,
  cost: ModelCost,
  memory: PredictedMemory | UnknownMemory | undefined,
): string[] {
  const published = publishedFigures(experiment.source);
  const lines = [
    `parameters          ${grouped(cost.params.trainable)} trainable, ${grouped(cost.params.total)} with moving statistics`,
    `multiply-adds       ${grouped(cost.macs)} an image (element-wise work: ${grouped(cost.macsElementwise)})`,
    `activations         ${roundMegabytes(cost.activationBytes)} an image`,
  ];
  if (cost.octave !== undefined) lines.push(octaveLine(cost.octave));
  if (isPredicted(memory)) lines.push(memoryLine(memory, cost.batch));
  else if (memory !== undefined) lines.push(`training memory     cannot be predicted: ${memory.reason}`);
  if (published?.parametersMillions) {
    lines.push(
      `article's claim     ${published.parametersMillions} million parameters` +
        (published.value === null ? '' : `, accuracy ${percent(published.value)}`),
    );
  }
  return lines;
}

/** What workers take to add up their gradients, at the rates of three networks; nothing where none are asked about. */
export function exchangeLines(exchange: ExchangeCost | undefined): string[] {
  if (exchange === undefined) return [];
  const { workers, sentBytes, at } = exchange;
  const each = (text: (rate: ExchangeCost['at'][number]) => string): string =>
    at.map((rate) => `${text(rate)} at ${rate.gigabits} Gbit/s`).join(', ');
  const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
  const lines = [
    `workers             ${workers}, each sends ${roundMegabytes(sentBytes)} a step: ${each(({ sumMs }) => ms(sumMs))}`,
  ];
  if (at.every(({ stepMs }) => stepMs !== null)) {
    const steps = each(({ stepMs, speedup }) => `${ms(stepMs!)} (${speedup!.toFixed(2)}×)`);
    lines.push(`step of all         ${steps}`);
  }
  return lines;
}

/** What `--json` says of the memory of training. */
export function memoryJson(memory: PredictedMemory | UnknownMemory | undefined): {
  readonly trainingMemoryBytes: number | null;
  readonly trainingMemory?: PredictedMemory;
  /** Why it could not be predicted. */
  readonly trainingMemoryUnknown?: string;
} {
  if (memory === undefined) return { trainingMemoryBytes: null };
  if (!isPredicted(memory)) return { trainingMemoryBytes: null, trainingMemoryUnknown: memory.reason };
  return { trainingMemoryBytes: memory.bytes, trainingMemory: memory };
}

// --- internal ---

/** Both shares in a line: what is counted, and what theory says of one layer. */
function octaveLine(share: OctaveShare): string {
  const { alpha, macsPercent, activationPercent, theoryMacsPercent, theoryMemoryPercent } = share;
  const theory = [theoryMacsPercent, theoryMemoryPercent].map((each) =>
    each === null ? '–' : percent(each / 100),
  );
  return (
    `octave, α = ${alpha}`.padEnd(20) +
    `multiply-adds ${percent(macsPercent / 100)} of α = 0, activations ${percent(activationPercent / 100)}; ` +
    `one layer by theory: ${theory.join(', ')}`
  );
}

function memoryLine(memory: PredictedMemory, batch: number): string {
  const { bytes, largestBatch, recomputes, inOrder, engine, device } = memory;
  const where = `the ${engine} engine${device === 'cuda' ? ', on the GPU' : ''}`;
  const amount = `training memory     about ${roundMegabytes(bytes)} at batch ${batch} on ${where} (predicted)`;
  if (largestBatch < batch) {
    const fits = largestBatch === 0 ? 'not even one image fits' : `at most batch ${largestBatch} fits`;
    return `${amount}: more than there is, ${fits}`;
  }
  if (recomputes) return `${amount}, with some activations computed twice to fit`;
  return inOrder && device === 'cpu' ? `${amount}, with operations held to their order to fit` : amount;
}
