import { expect, it } from 'vitest';
import { launchedProcess } from './launched.js';

it.each([
  [{}, undefined],
  [{ OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4' }, [1, 4, 'Open MPI']],
  [{ PMI_RANK: '0', PMI_SIZE: '2', PMI_FD: '6' }, [0, 2, 'MPICH']],
  // srun --mpi=pmix, or a program that knows no MPI.
  [{ SLURM_PROCID: '3', SLURM_STEP_NUM_TASKS: '4', SLURM_NTASKS: '4', PMIX_RANK: '3' }, [3, 4, undefined]],
  // A batch script of a job of 4 tasks is one process, and so is what srun -n 1 starts in it.
  [{ SLURM_PROCID: '0', SLURM_NTASKS: '4' }, undefined],
  [{ SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1', SLURM_NTASKS: '4' }, undefined],
  // mpirun across two nodes of Slurm starts a helper on each by srun; and one process by mpirun is alone.
  [
    {
      ...{ OMPI_COMM_WORLD_RANK: '5', OMPI_COMM_WORLD_SIZE: '8' },
      ...{ SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '2' },
    },
    [5, 8, 'Open MPI'],
  ],
  [
    {
      ...{ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' },
      ...{ SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '2' },
    },
    undefined,
  ],
])('reads %o', (env: NodeJS.ProcessEnv, expected) => {
  const found = launchedProcess(env);
  expect(found && [found.rank, found.of, found.kind]).toEqual(expected);
});
