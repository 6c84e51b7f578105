import { join } from 'node:path';

export type CheckpointName = 'last' | 'best';

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
