import { setTimeout as sleep } from 'node:timers/promises';
import { badInput, ExitCode, InvolveError, runFailed } from '../../../util/errors.js';
import { withPatience } from '../patience.js';
import { namedAfter } from '../worker-failure.js';
import type { Launched } from './launched.js';
import { loadMpi, MPI_VARIABLE, type MpiLibrary } from './library.js';
import type { Wire } from './wire.js';

/** A process among others, connected with them. */
export interface Joined extends Wire {
  /** Of the library: `Open MPI v4.1.4`. */
  readonly version: string;
  /** Parts in order: all must, at about the same time. A process that ends without having parted ends all of them. */
  part(): void;
}

/** For tests. */
export interface JoinOptions {
  /** Seconds that are waited for all processes to come: nodes of a cluster start one after the other. */
  readonly seconds?: number;
  readonly load?: typeof loadMpi;
  /** Ends this process, whatever it waits for. */
  readonly end?: () => void;
  /** Milliseconds after which another process tells what the first one seems not to have told. */
  readonly lastWordMs?: number;
}

/**
 * Connects this process with the others that its launcher has started.
 * @throws InvolveError: 3 where there is no MPI, 2 where it is another one than the launcher's, 1 where not all come
 */
export async function joinOthers(
  launched: Launched,
  env: NodeJS.ProcessEnv,
  { seconds = 300, load = loadMpi, end = () => process.exit(), lastWordMs = 5000 }: JoinOptions = {},
): Promise<Joined> {
  try {
    return await join(launched, await load(env, launched.kind), { seconds, end, lastWordMs });
  } catch (error) {
    if (launched.rank === 0 || !(error instanceof InvolveError)) throw error;
    // Mostly it is the same for all: the first one has told it by then, and its end is the end of all.
    await sleep(lastWordMs);
    throw namedAfter(launched.rank, error);
  }
}

// --- internal ---

async function join(
  { rank, of, by }: Launched,
  mpi: MpiLibrary,
  { seconds, end, lastWordMs }: Required<Omit<JoinOptions, 'load'>>,
): Promise<Joined> {
  let stands: 'joining' | 'joined' | 'parted' = 'joining';
  // The others would wait for one that has ended; and what waits on another thread would keep this process from its end.
  process.on('exit', (code) => {
    if (stands === 'joined') mpi.abort(code === 0 ? ExitCode.failed : code);
    if (stands === 'joining') mpi.exitNow(code === 0 ? ExitCode.failed : code);
  });
  await withPatience(mpi.init(), seconds, () => {
    // Node would wait for the call that waits for the others.
    setTimeout(end, 2 * lastWordMs);
    return late(rank, of, by, seconds);
  });
  stands = 'joined';
  const place = mpi.place();
  if (place.of !== of || place.rank !== rank) {
    parted();
    throw otherKind(mpi, place.of, of, by);
  }
  function parted(): void {
    stands = 'parted';
    mpi.finalize();
  }
  return {
    ...place,
    version: mpi.version,
    send: (bytes, to) => mpi.send(bytes, to),
    receive: (into, from) => mpi.receive(into, from),
    part: parted,
  };
}

function late(rank: number, of: number, by: string, seconds: number): InvolveError {
  return runFailed('E_MPI_LATE', {
    what: `worker ${rank} has waited ${seconds} seconds for the others of the ${of} processes that ${by} was to start: not all have come`,
    try: 'look at what the launcher says of the others, or start fewer processes',
  });
}

function otherKind({ version, file }: MpiLibrary, found: number, of: number, by: string): InvolveError {
  const processes = found === 1 ? 'of this one alone' : `of ${found}`;
  return badInput('E_MPI_OTHER', {
    what: `${by} has started ${of} processes, and this MPI knows ${processes}: ${version}`,
    where: file,
    try: `start them with the mpirun of this MPI (srun: --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH), or name the library of the other: ${MPI_VARIABLE}=/path/to/libmpi.so`,
  });
}
