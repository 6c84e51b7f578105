import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Experiment } from '../config/schema.js';
import { describedBy, type Described } from '../exchange/onnx/metadata.js';
import { loadRuntime, openOnnxFile } from '../exchange/onnx/runtime.js';
import type { CheckpointName } from '../runs/run-paths.js';
import { targetOf } from '../data/sets/index.js';
import { taskOf, taskOptions, type DataBatch } from '../tasks/task-of.js';
import type { Task } from '../tasks/task.js';
import { createPredictor, type Predictor } from '../train/predictor.js';
import { badInput } from '../util/errors.js';
import { shownPath } from '../util/shown-path.js';
import { explainSystemError } from '../util/system-error.js';
import { openRun } from './open-run.js';

/** What answers for images: a trained run on an engine, or a file that was made of one. */
export interface Trained {
  readonly experiment: Experiment;
  readonly task: Task<DataBatch>;
  readonly classes: readonly string[];
  /** The folder or file as the user would type it. */
  readonly shown: string;
  /** Of a run: what is measured may be kept there. */
  readonly dir: string | undefined;
  readonly checkpoint: CheckpointName;
  readonly epoch: number;
  /** One line for people: what computes. */
  readonly description: string;
  /** Takes images as `experiment.augment.normalize` says. */
  readonly predictor: Predictor;
  close(): Promise<void>;
}

export interface TrainedRequest {
  readonly cwd: string;
  /** Folder of the data, in the place of data.dir. */
  readonly data?: string;
  /** The name of one of a run's checkpoints, in the place of the best. */
  readonly checkpoint?: string;
  /** A few images are asked for, for which recording would not pay. */
  readonly few?: boolean;
}

/**
 * Opens a run folder, or an ONNX file that `involve export` wrote.
 * @throws InvolveError: exit code 2 for what is neither, 3 where this machine lacks what computes it
 */
export async function openTrained(target: string, request: TrainedRequest): Promise<Trained> {
  const { cwd, data, checkpoint, few = false } = request;
  if (await isFile(resolve(cwd, target))) return openFile(target, request);
  const opened = await openRun(target, cwd, data === undefined ? [] : [`data.dir=${data}`], checkpoint);
  const { engine, model } = opened;
  const predictor = createPredictor(few ? { ...engine, mode: 'eager' } : engine, model);
  return {
    ...opened,
    description: engine.description,
    predictor,
    close: async () => {
      predictor.dispose();
      await opened.close();
    },
  };
}

/** Whether a file is meant, and not a folder. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * What an ONNX file says of itself.
 * @throws InvolveError (exit code 2) for a file that `involve export` did not write
 */
export async function readTrainedFile(target: string, cwd: string): Promise<Described> {
  const path = resolve(cwd, target);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw explainSystemError(error, path) ?? error;
  });
  return describedBy(bytes, shownPath(cwd, path));
}

// --- internal ---

async function openFile(target: string, { cwd, data, checkpoint }: TrainedRequest): Promise<Trained> {
  const shown = shownPath(cwd, resolve(cwd, target));
  const { experiment, classes, origin } = await readTrainedFile(target, cwd);
  if (checkpoint !== undefined) {
    throw badInput('E_ONNX_CHECKPOINT', {
      what: `${shown} holds the weights of one checkpoint alone, ${origin.checkpoint} of ${origin.run}`,
      where: shown,
      try: 'leave --checkpoint out, or name a run',
    });
  }
  const file = await openOnnxFile(loadRuntime(), resolve(cwd, target));
  return {
    experiment: data === undefined ? experiment : { ...experiment, data: { ...experiment.data, dir: data } },
    task: taskOf({ classes, target: targetOf(experiment.data) }, taskOptions(experiment)),
    classes,
    shown,
    dir: undefined,
    checkpoint: origin.checkpoint,
    epoch: origin.epoch,
    description: file.description,
    predictor: {
      // Normalised as `unit`, a value is a byte / 255, and every byte comes back.
      outputs: (images, count) =>
        file.logits(
          Uint8Array.from(images, (value) => Math.round(255 * value)),
          count,
        ),
      dispose: () => undefined,
    },
    close: () => file.close(),
  };
}
