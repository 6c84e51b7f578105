import { isDeepStrictEqual } from 'node:util';
import { badInput, type Problem } from '../../util/errors.js';
import type { Ground } from './worker-message.js';

/** What must not differ, for people. */
const SAME: Readonly<Record<string, (ground: Ground) => unknown>> = {
  'version of involve': ({ environment }) => environment.involve,
  commit: ({ environment }) => environment.git?.commit,
  'version of Node.js': ({ environment }) => environment.node,
  'version of tf.js': ({ environment }) => environment.tfjs,
  config: ({ config }) => config,
  engine: ({ environment }) => environment.engine,
  device: ({ environment }) => environment.device,
  'number of threads': ({ environment }) => environment.threads,
  data: ({ environment }) => environment.data,
  classes: ({ environment }) => environment.classes,
};

/**
 * Makes sure that a worker works on the same as the first one.
 * @throws InvolveError E_WORKER_DIFFERS (exit code 2), with every difference at once
 */
export function refuseOtherGround(first: Ground, other: Ground, rank: number): void {
  const problems = Object.entries(SAME).flatMap(([title, of]): Problem[] => {
    const [expected, found] = [of(first), of(other)];
    // What one could not find out, such as the commit on a slow disk, is no difference.
    const isKnown = (expected ?? null) !== null && (found ?? null) !== null;
    if (!isKnown || isDeepStrictEqual(expected, found)) return [];
    const words = title === 'config' ? '' : `: ${text(found)}, not ${text(expected)}`;
    return [{ what: `worker ${rank} has another ${title} than worker 0${words}`, where: 'train.workers' }];
  });
  if (problems.length === 0) return;
  const last = { ...problems.at(-1)!, try: 'leave program, config and data as they are while a job begins' };
  throw badInput('E_WORKER_DIFFERS', [...problems.slice(0, -1), last]);
}

// --- internal ---

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
