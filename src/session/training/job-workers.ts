import { availableParallelism } from 'node:os';
import { resolvedYaml } from '../../config/load.js';
import type { Experiment } from '../../config/schema.js';
import type { Engine, EngineRequest } from '../../engine/engine.js';
import { badInput } from '../../util/errors.js';
import type { OpenExperiment } from '../open-experiment.js';
import type { MpiJob } from '../workers/mpi/job.js';
import { startWorkers } from '../workers/start-workers.js';
import type { Workers } from '../workers/workers.js';
import { environmentOf } from './environment-of.js';

export interface JobRequest {
  readonly cwd: string;
  /** Seconds that it took here to open what the others have to open. */
  readonly openSeconds: number;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
  /** The processes that MPI has started, this one included; undefined: the others are started here. */
  readonly job: MpiJob | undefined;
}

/** What is asked of the engine of each worker: the threads are shared out. */
export function sharedEngine(
  { engine, train: { workers } }: Experiment,
  recorded: Partial<EngineRequest>,
  job: Pick<MpiJob, 'coresEach'> | undefined,
): Partial<EngineRequest> {
  if (workers === 1 || recorded.threads !== undefined) return recorded;
  const each = engine.threads === null ? coresEach(workers, job) : engine.threads / workers;
  return { ...recorded, threads: Math.max(1, Math.floor(each)) };
}

/**
 * Makes sure that an engine can be one of several workers'.
 * @throws InvolveError (exit code 2) where it computes on a GPU, or cannot wait for others within a step and has to
 */
export function refuseLoneEngine(
  { train }: Experiment,
  engine: Pick<Engine, 'device' | 'mode' | 'description'>,
): void {
  if (engine.device === 'cuda') {
    throw badInput('E_WORKERS_DEVICE', {
      what: `${train.workers} workers share the cores of this machine, and the engine computes on a GPU (${engine.description})`,
      where: 'train.workers',
      try: '--workers 1, or --set engine.device=cpu',
    });
  }
  if (train.synchronisedBatchNorm && engine.mode === 'eager') {
    throw badInput('E_WORKERS_EAGER', {
      what: `only a recorded step can wait for other workers in its midst, and steps are computed at once here (${engine.description})`,
      where: 'train.synchronisedBatchNorm',
      try: '--set train.synchronisedBatchNorm=false, or another engine with engine.mode: replay',
    });
  }
}

/**
 * Starts the other workers, where there are to be some.
 * @throws InvolveError: 2 where the engine computes on a GPU, or cannot wait for others within a step and has to
 */
export async function workersOf(
  { experiment, engine, dataset, task }: OpenExperiment,
  { cwd, openSeconds, signal, onNote, job }: JobRequest,
): Promise<Workers | undefined> {
  const { workers: of } = experiment.train;
  if (of === 1) return undefined;
  if (coresEach(of, job) < 1) {
    const cores = availableParallelism();
    onNote(`${of} workers on ${cores} core${cores === 1 ? '' : 's'}${job ? ' a machine' : ''} take turns`);
  }
  refuseLoneEngine(experiment, engine);
  const { name, device, threads } = engine;
  const environment = environmentOf(experiment, { engine, dataset, metrics: task.metrics });
  const work = { experiment, cwd, engine: { name, device, threads } };
  const asked = { ground: { config: resolvedYaml(experiment), environment }, openSeconds };
  return job ? job.prepare({ ...work, ...asked }) : startWorkers({ task: work, ...asked, of, signal });
}

// --- internal ---

function coresEach(workers: number, job: Pick<MpiJob, 'coresEach'> | undefined): number {
  return job ? job.coresEach : availableParallelism() / workers;
}
