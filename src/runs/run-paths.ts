import { join } from 'node:path';

/** Of one of the best epochs, counted from 1, where a run keeps some. */
export type EpochCheckpoint = `epoch-${number}`;

/** `averaged`: the mean of the kept epochs. */
export type CheckpointName = 'last' | 'best' | 'averaged' | EpochCheckpoint;

/** Whether a text names a checkpoint that a run may have. */
export function isCheckpointName(text: string): text is CheckpointName {
  return (
    ['last', 'best', 'averaged'].includes(text) || epochOfCheckpoint(`${text}.safetensors`) !== undefined
  );
}

/** The epoch, from 1, whose checkpoint a file is; undefined of any other file. */
export function epochOfCheckpoint(file: string): number | undefined {
  const epoch = /^epoch-([1-9]\d{0,15})\.safetensors$/.exec(file)?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}

/** Where the files of a run folder are. */
export function runPaths(dir: string) {
  return {
    config: join(dir, 'config.yaml'),
    environment: join(dir, 'environment.json'),
    metrics: join(dir, 'metrics.csv'),
    events: join(dir, 'events.jsonl'),
    summary: join(dir, 'summary.json'),
    confusion: join(dir, 'confusion.csv'),
    curves: join(dir, 'curves.svg'),
    checkpoints: join(dir, 'checkpoints'),
    checkpoint: (name: CheckpointName): string => join(dir, 'checkpoints', `${name}.safetensors`),
  } as const;
}
