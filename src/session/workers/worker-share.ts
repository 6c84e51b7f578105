import { resolvedYaml } from '../../config/load.js';
import { loadCheckpoint } from '../../runs/read-run.js';
import { runPaths } from '../../runs/run-paths.js';
import { fromStored } from '../../train/checkpoint-tensors.js';
import { validatesRaw } from '../../train/ema-options.js';
import { train } from '../../train/trainer.js';
import type { Exchange } from '../../train/workers/exchange.js';
import { runFailed } from '../../util/errors.js';
import { openExperiment, type OpenExperiment } from '../open-experiment.js';
import { environmentOf } from '../training/environment-of.js';
import { freshWeights } from '../training/fresh-weights.js';
import { openStreams } from '../training/streams.js';
import { readStart } from '../weights/start-from.js';
import type { Ground, ResumePoint, WorkerTask } from './worker-message.js';

/** Opens what a worker beside the first one needs, and says what that is. */
export async function openShare({
  experiment,
  cwd,
  engine,
}: WorkerTask): Promise<{ readonly opened: OpenExperiment; readonly ground: Ground }> {
  const opened = await openExperiment(experiment, { cwd, splits: ['train', 'validation'], engine });
  const { metrics } = opened.task;
  const environment = environmentOf(experiment, { ...opened, metrics });
  return { opened, ground: { config: resolvedYaml(experiment), environment } };
}

/** Does the steps of a training with the first worker. It writes nothing and shows nothing. */
export async function trainShare(
  { experiment, cwd, share }: WorkerTask,
  opened: OpenExperiment,
  {
    resume,
    signal,
    exchange,
  }: {
    readonly resume: ResumePoint | undefined;
    readonly signal: AbortSignal;
    readonly exchange: Exchange;
  },
): Promise<void> {
  const { engine, model, dataset } = opened;
  const { train: source, validation, population } = await openStreams(experiment, dataset, share);
  if (resume === undefined) await freshWeights(opened, await readStart(experiment, cwd));
  await train({
    ...{ engine, model, task: opened.task, experiment, inputSize: experiment.data.inputSize },
    ...{ train: source, validation, population, validateRaw: validatesRaw(experiment.train.ema) },
    resume: resume && (await stateOf(resume)),
    signal,
    exchange,
    // Gives messages a turn: a step is one long synchronous computation.
    listener: () => new Promise(setImmediate),
  });
}

// --- internal ---

async function stateOf({ dir, progress }: ResumePoint) {
  const source = runPaths(dir).checkpoint('last');
  const file = await loadCheckpoint(dir, 'last');
  if (file === undefined) throw runFailed('E_WORKER', { what: 'the checkpoint is gone', where: source });
  return { state: { ...fromStored(file, source), progress }, source };
}
