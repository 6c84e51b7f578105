import type { Experiment } from '../../config/schema.js';
import type { Blueprint, LayerSummary } from '../../layers/blueprint.js';
import { designFor } from '../../tasks/design.js';
import { targetOf } from '../../data/sets/index.js';
import { taskOfCount } from '../../tasks/task-of.js';
import { activationBytes, octaveShare, type OctaveShare } from './octave-share.js';

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
  const [, height, width] = net.input.shape as [null, number, number];
  return {
    params: { trainable: total.parameters, total: parameters },
    macs: total.macs,
    macsElementwise: total.macsElementwise,
    activationBytes: activationBytes(net),
    input: [height, width, 3],
    classes,
    batch,
    layers,
    octave: octaveShare(net, experiment.model, (model) =>
      designFor(taskOfCount(classes, { target: targetOf(experiment.data) }), model, [height, width]),
    ),
  };
}
