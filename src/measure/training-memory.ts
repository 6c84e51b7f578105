import type { TrainConfig } from '../train/options.js';
import type { Engine } from '../engine/engine.js';
import { memoryNeed } from '../engine/footprint.js';
import { tidy, type LayersModel } from '../engine/tf.js';
import type { ProgramPlan } from '../engine/program/program.js';
import type { Blueprint } from '../layers/blueprint.js';
import type { LayerTraining } from '../layers/operator-layer.js';
import type { Objective } from '../tasks/task.js';
import { slotShapes } from '../train/optimizer.js';
import { prepareLayers } from '../train/layer-training.js';
import { learnersOf, parametersOf, statisticsOf, traitsOf } from '../train/parameters.js';
import { planMeasuring, populationBatches } from '../train/population-statistics.js';
import type { GradientParts } from '../train/step/parts.js';
import { planGradients } from '../train/step/runner.js';
import { InvolveError } from '../util/errors.js';

/** Memory of training with batches of one size. */
export interface TrainingMemory {
  /** Of the whole process. */
  readonly bytes: number;
  /** Activations, gradients and scratch of a step, as planned. */
  readonly stepBytes: number;
  /** Weights, moving statistics, optimizer slots and averages. */
  readonly stateBytes: number;
  /** The largest batch, up to the one asked for, that fits into what there is; 0: not one image. */
  readonly largestBatch: number;
  /** Whether some activations are computed twice because keeping them all would need more than there is. */
  readonly recomputes: boolean;
  /** Whether operations are held to their order because running them as they get ready would need more. */
  readonly inOrder: boolean;
  /** Calls of kernels in a step's forward and backward pass. */
  readonly calls: number;
  /** How many of them, by operation, run on tf.js's CPU code because the engine has no kernel for them. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/**
 * Predicts the memory of training on an engine, whichever is in use: the step is recorded by its shapes and planned,
 * as training does it, with weights that are set aside and never filled. Undefined where the engine plans nothing.
 */
export function planTrainingMemory(
  engine: Engine,
  net: Blueprint,
  train: MemoryConfig,
  { task, inputSize, batch, layers }: PlannedTraining,
): TrainingMemory | undefined {
  const { footprint } = engine;
  if (engine.mode !== 'replay' || footprint === undefined) return undefined;
  let stateBytes = 0;
  let planned: StepPlan | undefined;
  let measuring: StepPlan | undefined;
  engine.run(() =>
    tidy(() => {
      const model = net.build((shape) => engine.blank(shape), 'planned');
      // What does not learn has no gradients, and what comes before all that learns keeps nothing for them.
      if (layers !== undefined) prepareLayers(model, layers);
      const parts = { model, task, parameters: learnersOf(model), inputSize };
      stateBytes = bytesOfState(model, train);
      try {
        planned = planStep(engine, parts, batch, bytesOfActivations(net));
        measuring = planStatistics(engine, parts, train);
      } finally {
        model.dispose();
      }
    }),
  );
  if (planned === undefined) return undefined;
  const { plannedBytes: stepBytes, recomputes, inOrder, calls, fallbacks } = planned;
  const { bytes: needed, largestBatch } = memoryNeed(footprint, planned, stateBytes, batch);
  // The programs of a run share their working memory.
  const bytes = Math.max(needed, measuring ? memoryNeed(footprint, measuring, stateBytes, 1).bytes : 0);
  return { bytes, stepBytes, stateBytes, largestBatch, recomputes, inOrder, calls, fallbacks };
}

/** What is trained, and on how much at once. */
export interface PlannedTraining {
  readonly task: Objective;
  readonly inputSize: number;
  readonly batch: number;
  /** How each layer takes part, by its name; all alike where it is not given. */
  readonly layers?: ReadonlyMap<string, LayerTraining>;
}

/** What the memory of training depends on. */
export type MemoryConfig = Pick<
  TrainConfig,
  'optimizer' | 'ema' | 'batchNormStatistics' | 'batchNormImages' | 'batchNormBatch'
> &
  Partial<Pick<TrainConfig, 'accumulate'>>;

/** Bytes of weights, moving statistics, averages and, of what learns, optimizer slots and gradients that are accumulated. */
export function bytesOfState(
  model: LayersModel,
  {
    optimizer,
    ema,
    accumulate = 1,
  }: Pick<TrainConfig, 'optimizer' | 'ema'> & Partial<Pick<TrainConfig, 'accumulate'>>,
): number {
  const named = learnersOf(model).map((each) => ({ name: each.name, ...traitsOf(optimizer, each) }));
  const weights = [...parametersOf(model), ...statisticsOf(model)].map(({ variable }) => variable);
  const all = [
    ...weights,
    ...slotShapes(optimizer, named),
    ...(ema === null ? [] : weights),
    ...(accumulate === 1 ? [] : named),
  ];
  return all.reduce((bytes, { shape }) => bytes + 4 * shape.reduce((size, length) => size * length, 1), 0);
}

// --- internal ---

/**
 * A larger step than that fits nowhere, and one with tensors of more bytes than an engine can count is no step: what it
 * would need is told by one with fewer images, since nearly all of it are activations, which are as many as the images.
 */
const MOST_ACTIVATION_BYTES = 2 ** 36;

type StepPlan = Pick<ProgramPlan, 'plannedBytes' | 'recomputes' | 'inOrder' | 'calls' | 'fallbacks'>;

/** Of all layers' outputs for one image. */
function bytesOfActivations(net: Blueprint): number {
  return net.summary().reduce((sum, layer) => sum + layer.activationBytes, 0);
}

/** Undefined where no statistics are measured, or not with batches that large: training will say so. */
function planStatistics(
  engine: Engine,
  { model, inputSize }: GradientParts,
  train: MemoryConfig,
): StepPlan | undefined {
  if (train.batchNormStatistics === 'moving') return undefined;
  const { batchSize } = populationBatches(train, Infinity);
  try {
    const program = planMeasuring(engine, model, batchSize, inputSize);
    program.dispose();
    return program.plan;
  } catch (error) {
    if (error instanceof InvolveError && error.code === 'E_OUT_OF_MEMORY') return undefined;
    throw error;
  }
}

/** @param imageBytes activations of one image */
function planStep(
  engine: Engine,
  parts: GradientParts,
  batch: number,
  imageBytes: number,
): StepPlan | undefined {
  let images = Math.min(batch, Math.max(1, Math.floor(MOST_ACTIVATION_BYTES / imageBytes)));
  for (;;) {
    try {
      const program = planGradients(engine, parts, images);
      const { plan } = program;
      program.dispose();
      return plan && scaled(plan, batch / images);
    } catch (error) {
      if (images === 1 || !(error instanceof InvolveError) || error.code !== 'E_OUT_OF_MEMORY') throw error;
      images = Math.ceil(images / 4);
    }
  }
}

function scaled(plan: ProgramPlan, times: number): StepPlan {
  const { plannedBytes, recomputes, inOrder, calls, fallbacks } = plan;
  return { plannedBytes: plannedBytes * times, recomputes, inOrder, calls, fallbacks };
}
