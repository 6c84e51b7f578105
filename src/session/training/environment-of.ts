import type { Experiment } from '../../config/schema.js';
import { describeEnvironment } from '../../runs/environment.js';
import type { Environment } from '../../runs/record/environment.js';
import type { Begin } from './run-recorder.js';

/** What environment.json says of a training. */
export function environmentOf(
  experiment: Experiment,
  {
    engine,
    dataset,
    metrics,
    workers,
    mpi,
    startedFrom,
  }: Pick<Begin, 'engine' | 'dataset' | 'metrics' | 'workers' | 'mpi' | 'startedFrom'>,
): Environment {
  const { train, validation, classes } = dataset;
  return describeEnvironment({
    engine: {
      name: engine.name,
      mode: engine.mode,
      description: engine.description,
      ...engine.environment,
    },
    device: engine.device,
    threads: engine.threads,
    seed: experiment.train.seed,
    data: {
      name: dataset.name,
      fingerprint: dataset.fingerprint,
      counts: { train: train.count, validation: validation.count },
    },
    classes: [...classes],
    metrics,
    workers,
    mpi,
    ...(startedFrom && {
      startedFrom: { ...startedFrom, fromSeed: startedFrom.fromSeed && [...startedFrom.fromSeed] },
    }),
  });
}
