import type { Experiment } from '../config/schema.js';
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
  /** Processes that share each run through MPI; 1: it is no parallel job. */
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
  nodes: '--nodes',
  tasks: '--ntasks',
  nodelist: '--nodelist',
  exclude: '--exclude',
  reservation: '--reservation',
};
const OWN = { mpi: 'pmix', requeues: 3, poll: 10 } as const;
/** Whole numbers, from and to; more seconds than a day would be none of a timer's. */
const COUNTS: Readonly<Record<string, readonly [from: number, to: number]>> = {
  cpus: [1, 4096],
  requeues: [0, 1000],
  poll: [1, 86_400],
  nodes: [1, 64],
  tasks: [1, 64],
};

/**
 * Reads `--slurm key=value` and `--jobs`.
 * @throws InvolveError (exit code 2) with what is wrong with any of them
 */
export function slurmOptions({
  slurm: texts = [],
  jobs: atOnce,
}: {
  readonly slurm?: readonly string[];
  readonly jobs?: number;
}): SlurmOptions {
  const given = new Map<string, string>();
  const problems: Problem[] = [];
  const keys = [...Object.keys(SBATCH), ...Object.keys(OWN)];
  for (const text of texts) {
    const problem = problemOf(text, keys);
    if (problem !== undefined) problems.push(problem);
    given.set(text.split('=')[0], text.slice(text.indexOf('=') + 1));
  }
  if (problems.length > 0) throw badInput('E_ARGUMENT', problems);
  const number = (key: string, standard: number): number => Number(given.get(key) ?? standard);
  const sbatch = [...given].filter(([key]) => key in SBATCH).map(([key, value]) => `${SBATCH[key]}=${value}`);
  return {
    sbatch,
    cpus: number('cpus', 1),
    atOnce,
    requeues: number('requeues', OWN.requeues),
    poll: number('poll', OWN.poll),
    tasks: number('tasks', 1),
    mpi: given.get('mpi') ?? OWN.mpi,
  };
}

/**
 * Makes sure that the jobs of a sweep have as many workers as tasks: what a run is recorded with is what it had.
 * @throws InvolveError E_SLURM_TASKS (exit code 2)
 */
export function refuseOtherTasks(
  jobs: readonly { readonly name: string; readonly experiment: Pick<Experiment, 'train'> }[],
  { tasks }: Pick<SlurmOptions, 'tasks'>,
): void {
  const other = jobs.find(({ experiment }) => experiment.train.workers !== tasks);
  if (tasks === 1 || other === undefined) return;
  throw badInput('E_SLURM_TASKS', {
    what: `--slurm tasks=${tasks} has ${tasks} workers share each run, and job ${other.name} has train.workers ${other.experiment.train.workers}`,
    where: `--slurm tasks=${tasks}`,
    try: `--set train.workers=${tasks}`,
  });
}

/**
 * Makes sure that Slurm can be told of a folder. What it reads from a script ends with the line, and a backslash in the
 * name of a file has it leave `%A` as it stands.
 * @throws InvolveError E_SLURM_FOLDER (exit code 2)
 */
export function refuseForSlurm(folder: string): void {
  if (!/[\n\r\\]/.test(folder)) return;
  throw badInput('E_SLURM_FOLDER', {
    what: 'Slurm writes no log into a folder with a line break or a backslash in its name',
    where: folder,
    try: 'name another folder by --out',
  });
}

// --- internal ---

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
