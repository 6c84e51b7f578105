import type { Experiment } from '../config/schema.js';
import type { PredictedMemory } from './predicted-memory.js';
import type { Blueprint, LayerSummary } from '../layers/blueprint.js';
import { designFor } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { activationBytes, octaveLine, octaveShare, type OctaveShare } from './octave-share.js';

/** What `summary` and `--dry-run` say of a model. */
export interface ModelCost {
  readonly params: { readonly trainable: number; readonly total: number };
  /** Multiply-adds of one image: convolutions, linears, attention and involution products. */
  readonly macs: number;
  /** Element-wise work of one image: batch norm, bias, activations, pooling, gates, sums. */
  readonly macsElementwise: number;
  /** Bytes of all layers' outputs for one image. */
  readonly activationBytes: number;
  readonly input: readonly [number, number, number];
  readonly classes: number;
  readonly batch: number;
  readonly layers: readonly LayerSummary[];
  /** Beside the same network at α = 0; only where there are octave convolutions. */
  readonly octave?: OctaveShare;
}

/** Adds a model's layers up. */
export function costOf(net: Blueprint, experiment: Experiment, classes: number, batch: number): ModelCost {
  const layers = net.summary();
  const total = net.total();
  const parameters = total.parameters + total.nonTrainable;
  const { inputSize } = experiment.data;
  return {
    params: { trainable: total.parameters, total: parameters },
    macs: total.macs,
    macsElementwise: total.macsElementwise,
    activationBytes: activationBytes(net),
    input: [inputSize, inputSize, 3],
    classes,
    batch,
    layers,
    octave: octaveShare(net, experiment.model, (model) => designFor(taskOfCount(classes), model, inputSize)),
  };
}

/** 4015234 as `4,015,234`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Bytes as MB (10⁶), one decimal below 100. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value < 100 ? value.toFixed(1) : grouped(value)} MB`;
}

/** The totals, and what the article claimed beside them. */
export function totalLines(
  experiment: Experiment,
  cost: ModelCost,
  memory: PredictedMemory | undefined,
): string[] {
  const claim = experiment.source?.claim;
  const lines = [
    `parameters          ${grouped(cost.params.trainable)} trainable, ${grouped(cost.params.total)} with moving statistics`,
    `multiply-adds       ${grouped(cost.macs)} an image (element-wise work: ${grouped(cost.macsElementwise)})`,
    `activations         ${megabytes(cost.activationBytes)} an image`,
  ];
  if (cost.octave !== undefined) lines.push(octaveLine(cost.octave));
  if (memory !== undefined) lines.push(memoryLine(memory, cost.batch));
  if (claim?.parametersMillions) {
    lines.push(
      `article's claim     ${claim.parametersMillions} million parameters` +
        (claim.accuracy === null ? '' : `, accuracy ${(100 * claim.accuracy).toFixed(1)} %`),
    );
  }
  return lines;
}

function memoryLine(memory: PredictedMemory, batch: number): string {
  const { bytes, largestBatch, recomputes, inOrder, engine, device } = memory;
  const where = `the ${engine} engine${device === 'cuda' ? ', on the GPU' : ''}`;
  const amount = `training memory     about ${megabytes(bytes)} at batch ${batch} on ${where} (predicted)`;
  if (largestBatch < batch) return `${amount}: more than there is, at most batch ${largestBatch} fits`;
  if (recomputes) return `${amount}, with some activations computed twice to fit`;
  return inOrder && device === 'cpu' ? `${amount}, with operations held to their order to fit` : amount;
}
