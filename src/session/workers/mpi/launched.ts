/** The MPIs, by what their programs have in common: `MPICH` is Intel's, Cray's and MVAPICH too. */
export type MpiKind = 'Open MPI' | 'MPICH';

/** What a launcher of parallel programs has told one of the processes that it started. */
export interface Launched {
  readonly rank: number;
  /** How many it started; never 1. */
  readonly of: number;
  /** For people. */
  readonly by: string;
  /** The kind that it belongs to; undefined: it starts any. */
  readonly kind: MpiKind | undefined;
}

/**
 * Whether this process is one of several that `mpirun`, `mpiexec` or `srun` has started. It is asked of the environment,
 * which every launcher fills before a library of MPI is loaded.
 * @returns undefined where it is alone
 */
export function launchedProcess(env: NodeJS.ProcessEnv): Launched | undefined {
  for (const { rank, of, by, kind } of LAUNCHERS) {
    const [place, count] = [Number(env[rank] ?? NaN), Number(env[of] ?? NaN)];
    // The first that speaks is the innermost: mpirun in a job of Slurm starts its helpers by srun.
    if (Number.isInteger(place) && Number.isInteger(count))
      return count > 1 ? { rank: place, of: count, by, kind } : undefined;
  }
  return undefined;
}

// --- internal ---

const LAUNCHERS: readonly (Pick<Launched, 'by' | 'kind'> & { readonly rank: string; readonly of: string })[] =
  [
    { rank: 'OMPI_COMM_WORLD_RANK', of: 'OMPI_COMM_WORLD_SIZE', by: "Open MPI's mpirun", kind: 'Open MPI' },
    { rank: 'PMI_RANK', of: 'PMI_SIZE', by: "MPICH's mpiexec or srun --mpi=pmi2", kind: 'MPICH' },
    // Set by every srun, also where it starts programs of no MPI.
    { rank: 'SLURM_PROCID', of: 'SLURM_STEP_NUM_TASKS', by: 'srun', kind: undefined },
  ];
