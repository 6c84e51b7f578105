import { badInput, missing, runFailed } from '../../../util/errors.js';
import { withHome } from '../../../util/home-path.js';
import { cLibrary, loadKoffi, openForGood, type Koffi } from '../../../util/koffi.js';
import type { MpiKind } from './launched.js';
import type { Transfer } from './wire.js';

/** The variable that names the library, where the loader does not find it or finds another. */
export const MPI_VARIABLE = 'INVOLVE_MPI';

/** A library of MPI: its few functions that are needed here. MPI moves bytes; what they mean is not its business. */
export interface MpiLibrary {
  readonly kind: MpiKind;
  /** In its own words: `Open MPI v4.1.4`. */
  readonly version: string;
  /** As the loader was asked for it. */
  readonly file: string;
  /** Connects this process with the others; comes back when all are there. */
  init(): Promise<void>;
  place(): { readonly rank: number; readonly of: number };
  send(bytes: Uint8Array, to: number): Transfer;
  receive(into: Uint8Array, from: number): Transfer;
  /** Ends it in order: all processes must. */
  finalize(): void;
  /** Ends all processes of the job, wherever they are. */
  abort(exitCode: number): void;
  /** Ends this process at once, also under a call that does not come back. */
  exitNow(exitCode: number): void;
}

/**
 * Loads the MPI that is named in INVOLVE_MPI, or the first that the loader finds.
 * @param preferred the kind that started this process is looked for first
 * @throws InvolveError: 3 where there is none, 2 where INVOLVE_MPI names something else
 */
export async function loadMpi(env: NodeJS.ProcessEnv, preferred: MpiKind | undefined): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  const variable = env[MPI_VARIABLE];
  if (variable) {
    const named = withHome(variable, MPI_VARIABLE);
    const reason = openForGood(koffi, named);
    if (reason === undefined) return bind(koffi, named);
    throw badInput('E_MPI_NAMED', {
      what: `the MPI that ${MPI_VARIABLE} names does not load: ${reason}`,
      where: named,
      try: `${MPI_VARIABLE}=/path/to/libmpi.so, or none, for what the loader finds`,
    });
  }
  for (const file of fileNames(preferred)) {
    if (openForGood(koffi, file) === undefined) return bind(koffi, file);
  }
  throw missing('E_NO_MPI', {
    what: 'several processes were started to share one training, and the loader finds no library of MPI',
    where: fileNames(preferred).join(', '),
    try: `apt-get install openmpi-bin, module load openmpi, or ${MPI_VARIABLE}=/path/to/libmpi.so`,
  });
}

/**
 * Every MPI that the loader finds, or the one that is named in INVOLVE_MPI, for those who want to know what is there.
 * @throws as `loadMpi`, of the one that is named
 */
export async function foundMpis(
  env: NodeJS.ProcessEnv,
): Promise<readonly Pick<MpiLibrary, 'version' | 'file'>[]> {
  const koffi = await loadKoffi();
  if (env[MPI_VARIABLE]) return [await loadMpi(env, undefined)];
  const found = fileNames(undefined)
    .filter((file) => openForGood(koffi, file) === undefined)
    .map((file) => bind(koffi, file));
  // One library may have two names.
  return found.filter(({ version }, i) => found.findIndex((other) => other.version === version) === i);
}

// --- internal ---

/** What the kinds call their library: with the version of its interface, as programs are linked to it; then without. */
const FILES: Readonly<Record<MpiKind, readonly string[]>> =
  process.platform === 'darwin'
    ? {
        'Open MPI': ['libmpi.40.dylib', 'libmpi.dylib'],
        MPICH: ['libmpi.12.dylib', 'libmpich.12.dylib'],
      }
    : { 'Open MPI': ['libmpi.so.40', 'libmpi.so'], MPICH: ['libmpich.so.12', 'libmpi.so.12'] };

function fileNames(preferred: MpiKind | undefined): readonly string[] {
  const { 'Open MPI': open, MPICH: mpich } = FILES;
  return preferred === 'MPICH' ? [...mpich, ...open] : [...open, ...mpich];
}

/** Programs of all kinds pass handles; what a handle is differs. */
interface Handles {
  readonly type: 'uintptr_t' | 'int';
  readonly world: number;
  readonly byte: number;
}
/** `mpi.h` of MPICH, whose handles are numbers; its binary interface is also that of Intel MPI, Cray MPICH and MVAPICH. */
const MPICH_HANDLES: Handles = { type: 'int', world: 0x44000000, byte: 0x4c00010d };
/** Calls from several threads, one at a time: the call that waits for the others is made on a thread of its own. */
const THREAD_SERIALIZED = 2;
/** All messages go one way after the other, so that one tag does. */
const TAG = 0;
const VERSION_BYTES = 8192;
/** Room for a status of any MPI, which nobody looks at. */
const STATUS_BYTES = 256;

type Native = ((...args: readonly unknown[]) => number) & {
  async(...args: readonly unknown[]): void;
};

function bind(koffi: Koffi, file: string): MpiLibrary {
  const library = koffi.load(file);
  const exit = koffi.load(cLibrary()).func('_exit', 'void', ['int']) as (code: number) => void;
  const version = versionOf(library, file);
  const kind = kindOf(version, file);
  const address = (symbol: string): number => Number(koffi.address(library.symbol(symbol, 'void')));
  const handles: Handles =
    kind === 'MPICH'
      ? MPICH_HANDLES
      : { type: 'uintptr_t', world: address('ompi_mpi_comm_world'), byte: address('ompi_mpi_byte') };
  const { type, world, byte } = handles;
  const declare = (name: string, ...types: readonly string[]): Native =>
    library.func(name, 'int', [...types]) as unknown as Native;
  const init = declare('MPI_Init_thread', 'void *', 'void *', 'int', 'void *');
  const size = declare('MPI_Comm_size', type, 'void *');
  const rankIn = declare('MPI_Comm_rank', type, 'void *');
  const isend = declare('MPI_Isend', 'void *', 'int', type, 'int', 'int', type, 'void *');
  const irecv = declare('MPI_Irecv', 'void *', 'int', type, 'int', 'int', type, 'void *');
  const test = declare('MPI_Test', 'void *', 'void *', 'void *');
  const finalize = declare('MPI_Finalize');
  const abort = declare('MPI_Abort', type, 'int');
  const flag = new Int32Array(1);
  const status = new Uint8Array(STATUS_BYTES);
  const transfer = (begin: Native, bytes: Uint8Array, other: number): Transfer => {
    // A pointer or a number, whatever the kind has.
    const request = new Uint8Array(8);
    check(begin(bytes, bytes.byteLength, byte, other, TAG, world, request));
    // `bytes` is kept from being collected for as long as somebody may ask.
    return () => bytes && check(test(request, flag, status)) === 0 && flag[0] !== 0;
  };
  return {
    kind,
    version,
    file,
    init: () =>
      new Promise((resolve, reject) => {
        const given = new Int32Array(1);
        init.async(null, null, THREAD_SERIALIZED, given, (error: Error | null, code: number) => {
          if (error) reject(error);
          else if (code !== 0) reject(failure(code));
          else resolve();
        });
      }),
    place() {
      const [rank, of] = [new Int32Array(1), new Int32Array(1)];
      check(rankIn(world, rank));
      check(size(world, of));
      return { rank: rank[0]!, of: of[0]! };
    },
    send: (bytes, to) => transfer(isend, bytes, to),
    receive: (into, from) => transfer(irecv, into, from),
    finalize: () => void check(finalize()),
    abort: (exitCode) => void abort(world, exitCode),
    exitNow: exit,
  };
}

function versionOf(library: ReturnType<Koffi['load']>, file: string): string {
  const text = new Uint8Array(VERSION_BYTES);
  const length = new Int32Array(1);
  let ask: Native;
  try {
    ask = library.func('MPI_Get_library_version', 'int', ['void *', 'void *']) as unknown as Native;
  } catch {
    throw badInput('E_MPI_NAMED', {
      what: 'this library is none of MPI 3: it has no MPI_Get_library_version',
      where: file,
      try: `${MPI_VARIABLE}=/path/to/libmpi.so`,
    });
  }
  check(ask(text, length));
  const [line = ''] = new TextDecoder().decode(text.subarray(0, length[0])).split('\n');
  // `Open MPI v4.1.4, package: …`, `MPICH Version:\t4.0.2`, with what C has at the end of a text
  return line
    .split(',')[0]!
    .replace('Version:', '')
    .replace(/[\0\s]+/g, ' ')
    .trim();
}

function kindOf(version: string, file: string): MpiKind {
  if (/open mpi/i.test(version)) return 'Open MPI';
  if (/mpich|mvapich|intel/i.test(version)) return 'MPICH';
  throw badInput('E_MPI_KIND', {
    what: `this MPI is neither Open MPI nor of MPICH's family: ${version}`,
    where: file,
    try: `${MPI_VARIABLE}=/path/to/libmpi.so of Open MPI or MPICH`,
  });
}

function check(code: number): number {
  if (code !== 0) throw failure(code);
  return code;
}

function failure(code: number): Error {
  return runFailed('E_MPI', { what: `MPI reports error ${code}`, try: 'involve doctor' });
}
