import type { ProgramPlan } from '../engine/program/program.js';
import type { MetricValues } from '../metrics/metric.js';
import type { EpochCheckpoint } from '../runs/run-paths.js';
import type { Divergence } from './outcome.js';
import type { TrainingState } from './state.js';

/** One epoch in numbers. */
export interface EpochResult {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  /** Means over the epoch's training images. */
  readonly train: MetricValues;
  /** Null where a value is not finite: moving statistics that lag behind the weights let a loss overflow. */
  readonly val: MetricValues<number | null>;
  /** The weights as they are, where it is their moving average that `val` is of and both are asked for. */
  readonly valRaw?: MetricValues<number | null>;
  readonly imagesPerSecond: number;
  readonly dataMs: number;
  readonly stepMs: number;
  readonly epochSeconds: number;
}

/** What training saves. */
export type SavedCheckpoint = 'last' | 'best' | EpochCheckpoint;

/** What happens while a model is trained; listeners draw, write and log. Each is awaited. */
export type TrainEvent =
  /** What a step, or measuring statistics, with so many images is going to need, where the engine plans it. */
  | ({
      readonly type: 'plan';
      /** Absent: a step. */ readonly of?: 'statistics';
      readonly batch: number;
    } & Pick<ProgramPlan, 'plannedBytes' | 'calls' | 'recomputes' | 'inOrder'>)
  | {
      readonly type: 'epoch-start';
      readonly epoch: number;
      readonly step: number;
      readonly batches: number;
      readonly batch: number;
    }
  | {
      readonly type: 'step';
      readonly epoch: number;
      readonly step: number;
      readonly batch: number;
      readonly learningRate: number;
      /** Means over the epoch so far. */
      readonly metrics: MetricValues;
      readonly imagesPerSecond: number;
    }
  | { readonly type: 'validation'; readonly epoch: number; readonly done: number; readonly total: number }
  | { readonly type: 'epoch'; readonly result: EpochResult }
  | {
      readonly type: 'plateau';
      readonly epoch: number;
      readonly reductions: number;
      readonly learningRate: number;
    }
  /** The state to be saved; its tensors are copies and may be kept. */
  | { readonly type: 'checkpoint'; readonly name: SavedCheckpoint; readonly state: TrainingState }
  | { readonly type: 'divergence'; readonly divergence: Divergence };

export type TrainListener = (event: TrainEvent) => void | Promise<void>;
