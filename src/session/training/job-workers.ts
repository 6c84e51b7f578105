import { availableParallelism } from 'node:os';
import { resolvedYaml } from '../../config/load.js';
import type { Experiment } from '../../config/schema.js';
import type { EngineRequest } from '../../engine/engine.js';
import { badInput } from '../../util/errors.js';
import type { OpenExperiment } from '../open-experiment.js';
import { startWorkers, type Workers } from '../workers/start-workers.js';
import { environmentOf } from './environment-of.js';

export interface JobRequest {
  readonly cwd: string;
  /** Seconds that it took here to open what the others have to open. */
  readonly openSeconds: number;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
}

/** What is asked of the engine of each worker: the threads are shared out. */
export function sharedEngine(
  { engine, train: { workers } }: Experiment,
  recorded: Partial<EngineRequest>,
): Partial<EngineRequest> {
  if (workers === 1 || recorded.threads !== undefined) return recorded;
  const all = engine.threads ?? availableParallelism();
  return { ...recorded, threads: Math.max(1, Math.floor(all / workers)) };
}

/**
 * Starts the other workers, where there are to be some.
 * @throws InvolveError: 2 where the engine computes on a GPU
 */
export async function workersOf(
  { experiment, engine, dataset, task }: OpenExperiment,
  { cwd, openSeconds, signal, onNote }: JobRequest,
): Promise<Workers | undefined> {
  const { workers: of } = experiment.train;
  if (of === 1) return undefined;
  const cores = availableParallelism();
  if (of > cores) onNote(`${of} workers on ${cores} core${cores === 1 ? '' : 's'} take turns`);
  if (engine.device === 'cuda') {
    throw badInput('E_WORKERS_DEVICE', {
      what: `${of} workers share the cores of this machine, and the engine computes on a GPU (${engine.description})`,
      where: 'train.workers',
      try: '--workers 1, or --device cpu',
    });
  }
  const { name, device, threads } = engine;
  const environment = environmentOf(experiment, { engine, dataset, metrics: task.metrics });
  return startWorkers({
    ...{ experiment, cwd, of, openSeconds, engine: { name, device, threads } },
    ground: { config: resolvedYaml(experiment), environment },
    signal,
  });
}
