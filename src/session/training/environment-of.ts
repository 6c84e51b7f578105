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
    ...engineOf(engine),
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

/** What it says of an engine. */
export function engineOf(engine: Begin['engine']): Pick<Environment, 'engine' | 'device' | 'threads'> {
  const { name, mode, description, environment, device, threads } = engine;
  return { engine: { name, mode, description, ...environment }, device, threads };
}
