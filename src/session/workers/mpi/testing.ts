import { execFileSync } from 'node:child_process';
import type { MpiKind } from './launched.js';
import { loadMpi } from './library.js';

/** An MPI for tests: what starts so many processes of it. */
export interface TestMpi {
  readonly kind: MpiKind;
  readonly version: string;
  launcher(processes: number): readonly string[];
  /** For its processes. */
  readonly env: NodeJS.ProcessEnv;
}

/** The MPI of the `mpirun` that is in the path, or of INVOLVE_TEST_MPIRUN; why tests of it do not run where there is none. */
export async function testMpi(): Promise<TestMpi | string> {
  const program = process.env.INVOLVE_TEST_MPIRUN ?? 'mpirun';
  let said: string;
  try {
    said = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return 'skipped: no mpirun here (apt-get install openmpi-bin, or mpich)';
  }
  const kind: MpiKind = /open ?mpi|open mpi/i.test(said) ? 'Open MPI' : 'MPICH';
  try {
    const { version, kind: found } = await loadMpi(process.env, kind);
    if (found !== kind) return `skipped: mpirun is of ${kind}, and the loader finds ${version} alone`;
    // Machines for tests have few cores, and containers one user. Binding would put both on one core.
    const more = kind === 'Open MPI' ? ['--oversubscribe', '--bind-to', 'none'] : [];
    return {
      kind,
      version,
      launcher: (processes) => [program, ...more, '-n', `${processes}`],
      env: { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
    };
  } catch (error) {
    return `skipped: ${(error as Error).message}`;
  }
}
