import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';

/** On which cores of which machine a process may run. */
export interface Cores {
  readonly host: string;
  /** Which, as the system says it; launchers bind processes to some of them. */
  readonly which: string;
  readonly count: number;
}

/** Those of this process. */
export function ownCores(): Cores {
  return { host: hostname(), which: allowedCores(), count: availableParallelism() };
}

/**
 * Threads for each of the workers: those on the same cores share them, and all have as many as the one with the fewest,
 * since all wait for it.
 * @returns 0.5 where two workers take turns on one core
 */
export function coresEach(all: readonly Cores[]): number {
  const sharing = (one: Cores): number =>
    all.filter(({ host, which }) => host === one.host && which === one.which).length;
  return Math.min(...all.map((one) => one.count / sharing(one)));
}

// --- internal ---

/** Linux alone says it; elsewhere nothing binds a process. */
function allowedCores(): string {
  try {
    return /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
