import { closestString } from '../util/closest-string.js';
import { badInput, type Problem } from '../util/errors.js';

/** How jobs are given to Slurm. */
export interface SlurmOptions {
  /** Options of sbatch in the order given: `--partition=gpu`. */
  readonly sbatch: readonly string[];
  readonly cpus: number;
  /** Tasks of the array that may run at once; undefined: as many as Slurm lets. */
  readonly atOnce: number | undefined;
  /** How often a job is submitted again that was preempted, cancelled or lost its node. */
  readonly requeues: number;
  /** Seconds between two looks at the queue. */
  readonly poll: number;
}

/** How one run is given to Slurm. */
export interface SlurmRunOptions extends SlurmOptions {
  /** Processes that share the run through MPI; 1: it is no parallel job. */
  readonly tasks: number;
  /** How srun connects them: `pmix`, `pmi2`. */
  readonly mpi: string;
}

/** What may be given, and the option of sbatch that it becomes. */
const SBATCH: Readonly<Record<string, string>> = {
  partition: '--partition',
  time: '--time',
  gpus: '--gpus',
  mem: '--mem',
  cpus: '--cpus-per-task',
  account: '--account',
  qos: '--qos',
  constraint: '--constraint',
  nodelist: '--nodelist',
  exclude: '--exclude',
  reservation: '--reservation',
};
const OWN = { requeues: 3, poll: 10 } as const;
/** What only a run has that is not one of many: options of sbatch, and its own. */
const RUN_SBATCH: Readonly<Record<string, string>> = { nodes: '--nodes', tasks: '--ntasks' };
const RUN_OWN = { tasks: 1, mpi: 'pmix' } as const;
/** Whole numbers, from and to; more seconds than a day would be none of a timer's. */
const COUNTS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  cpus: [1, 4096],
  requeues: [0, 1000],
  poll: [1, 86_400],
  nodes: [1, 64],
  tasks: [1, 64],
};

/** Reads `--slurm key=value` and `--jobs`; what is wrong with any of them is told at once. */
export function slurmOptions(flags: {
  readonly slurm?: readonly string[];
  readonly jobs?: number;
}): SlurmOptions {
  return read(flags.slurm, flags.jobs, SBATCH, Object.keys(OWN)).options;
}

/** The same of a run by itself, which may have several tasks. */
export function slurmRunOptions(slurm: readonly string[] | undefined): SlurmRunOptions {
  const sbatch = { ...SBATCH, ...RUN_SBATCH };
  const { options, given } = read(slurm, undefined, sbatch, [...Object.keys(OWN), ...Object.keys(RUN_OWN)]);
  return {
    ...options,
    tasks: Number(given.get('tasks') ?? RUN_OWN.tasks),
    mpi: given.get('mpi') ?? RUN_OWN.mpi,
  };
}

// --- internal ---

function read(
  texts: readonly string[] = [],
  atOnce: number | undefined,
  known: Readonly<Record<string, string>>,
  own: readonly string[],
): { readonly options: SlurmOptions; readonly given: ReadonlyMap<string, string> } {
  const given = new Map<string, string>();
  const problems: Problem[] = [];
  const keys = [...new Set([...Object.keys(known), ...own])];
  for (const text of texts) {
    const problem = problemOf(text, keys);
    if (problem !== undefined) problems.push(problem);
    given.set(text.split('=')[0], text.slice(text.indexOf('=') + 1));
  }
  if (problems.length > 0) throw badInput('E_ARGUMENT', problems);
  const number = (key: string, standard: number): number => Number(given.get(key) ?? standard);
  const sbatch = [...given].filter(([key]) => key in known).map(([key, value]) => `${known[key]}=${value}`);
  const options = {
    sbatch,
    cpus: number('cpus', 1),
    atOnce,
    requeues: number('requeues', OWN.requeues),
    poll: number('poll', OWN.poll),
  };
  return { options, given };
}

function problemOf(text: string, known: readonly string[]): Problem | undefined {
  const where = `--slurm ${text}`;
  const match = /^([^=\s]+)=(\S+)$/.exec(text);
  if (match === null)
    return { what: `--slurm expects key=value, received "${text}"`, try: '--slurm partition=gpu' };
  const [, key, value] = match;
  if (!known.includes(key)) {
    const meant = closestString(key, known);
    return {
      what: `--slurm knows no "${key}"`,
      where,
      try: meant === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${meant}"?`,
    };
  }
  // Values stand in the script as they are.
  if (!/^[\w@%+=:,./[\]&|*()-]+$/.test(value))
    return { what: `"${value}" cannot stand in an sbatch script`, where };
  if (Object.hasOwn(COUNTS, key) && !/^\d+$/.test(value))
    return { what: `${key} expects a whole number, received "${value}"`, where };
  const [from, to] = COUNTS[key] ?? [0, Infinity];
  if (Number(value) < from || Number(value) > to)
    return { what: `${key} expects a whole number from ${from} to ${to}, received "${value}"`, where };
  return undefined;
}
