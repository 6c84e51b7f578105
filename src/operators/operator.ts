import type { Nonlinearity } from '../engine/kernels/batch-norm.js';
import type { BatchNormSettings } from '../layers/batch-norm.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { KernelInitialization } from '../layers/convolution.js';
import type { Shown } from '../layers/observation.js';

/** Where an operator is put, and what it needs to know of the network around. */
export interface Place {
  /** The operator's layers are called `<name>` or `<name>/<part>`. */
  readonly name: string;
  readonly stride: number;
  /** Of batch norms that are part of an operator. */
  readonly batchNorm: BatchNormSettings;
  /** The slot as a path of the config, for messages: `model.spatial`. */
  readonly slot: string;
  /** The network's activation, for an operator that has none of its own. */
  readonly activation: Nonlinearity;
  /** Of a plain convolution's kernel (default: he-normal). */
  readonly initialization?: KernelInitialization;
  /** Channels that a squeeze is a share of, where those of the operator are not meant. */
  readonly blockChannels?: number;
}

/** What an operator leaves, by theory, of the one without its idea. */
export interface TheoreticalShare<Options> {
  /** The same without the idea: octave convolution at α = 0. */
  readonly plain: Options;
  /** α */
  readonly alpha: number;
  /** Multiply-adds of one layer, 0…1; null where theory has no word. */
  readonly macs: number | null;
  /** Values of one layer's output, 0…1. */
  readonly memory: number;
}

/**
 * An operator: what stands in a slot of any family, C → C channels; what follows it (batch norm, activation) is left
 * to the network. Its options are the leaf `options.ts` beside it, its formula and cost `layer.ts`.
 */
export interface Operator<Options> {
  /** Whether it can take every s-th place; one that cannot stands where the size is kept. */
  readonly canStride: boolean;
  /** Whether its window can be spread, as an output stride asks for; by default it can. */
  readonly canDilate?: false;
  /**
   * Puts it after `x`, [H,W,C] → [⌈H/s⌉,⌈W/s⌉,C].
   * @throws InvolveError when it does not fit the channels or the size
   */
  readonly place: (net: Blueprint, x: Node, options: Options, place: Place) => Node;
  /** What theory says of it with these options; undefined where it says nothing. */
  readonly share?: (options: Options) => TheoreticalShare<Options> | undefined;
  /** What its layers tell who looks into them: what `involve explain` draws. */
  readonly shows?: readonly Shown[];
  /** As its article has it, for the sweep over all operators, by the name of the row; by default as it is. */
  readonly published?: Rows<Options>;
  /** Its own choices one at a time, for the sweep over variants. */
  readonly variants?: Rows<Options>;
}

/** Options beside the defaults by the name of a sweep's row. */
export type Rows<Options> = Readonly<Record<string, Partial<Options>>>;
