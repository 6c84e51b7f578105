import { closeSync, existsSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { missing, runFailed, type InvolveError } from '../../../util/errors.js';
import { cLibrary, loadKoffi, openForGood, type Koffi } from '../../../util/koffi.js';
import { C_SIGNATURES } from './c-signatures.js';

/** TF_Output of the C API: one output of an operation of a graph. */
export interface GraphOutput {
  /** Address of the operation. */
  readonly oper: number;
  readonly index: number;
}

type Signatures = typeof C_SIGNATURES;
export type Buffers = NodeJS.TypedArray | number;
interface ValueOf {
  readonly void: undefined;
  readonly pointer: number;
  readonly int: number;
  readonly int64: number;
  readonly size: number;
  readonly float: number;
  readonly uchar: number;
  readonly text: string;
  readonly buffer: Buffers;
  readonly output: GraphOutput;
}
type Arguments<T extends readonly (keyof ValueOf)[]> = { -readonly [I in keyof T]: ValueOf[T[I]] };
type Native<T extends readonly [keyof ValueOf, readonly (keyof ValueOf)[]]> = {
  (...args: Arguments<T[1]>): ValueOf[T[0]];
  /** Runs on a thread of its own, then calls back on this one. */
  async(...args: [...Arguments<T[1]>, (error: Error | null) => void]): void;
};

/** The functions of the C API by name. */
export type CFunctions = { readonly [Name in keyof Signatures]: Native<Signatures[Name]> };

/** libtensorflow, loaded: its functions, and the memory on its side. */
export interface CApi extends CFunctions {
  /** A status for calls from JavaScript's thread, looked at by `check`. */
  readonly status: number;
  /**
   * Throws what a status holds when it is not OK.
   * @throws InvolveError E_OUT_OF_MEMORY when the device is full, else E_TENSORFLOW; exit code 1
   */
  check(status?: number): void;
  /** A null-terminated text that is never freed: attribute names must outlive the operation. */
  text(text: string): number;
  /** Memory that is never moved, as bytes, until `free`. */
  allocate(bytes: number): { readonly address: number; readonly memory: ArrayBuffer };
  free(address: number): void;
  /** Copies numbers to an address. */
  copyTo(address: number, values: NodeJS.TypedArray, bytes: number): void;
  /** Copies bytes from an address. */
  copyFrom(address: number, bytes: number): ArrayBuffer;
  /** Copies bytes from an address into values that are there, as many as they have. */
  copyInto(address: number, values: NodeJS.TypedArray): void;
}

const STDERR = 2;

const opened = new Map<string, Promise<CApi>>();

/**
 * Loads libtensorflow; once in a process.
 * @param library path of libtensorflow_cc; libtensorflow_framework lies beside it
 * @throws InvolveError with exit code 3: E_KOFFI_MISSING, or E_TENSORFLOW_BROKEN with the reason of the loader
 */
export function openCApi(library: string): Promise<CApi> {
  let api = opened.get(library);
  if (api === undefined) opened.set(library, (api = open(library)));
  return api;
}

// --- internal ---

type LibraryHandle = ReturnType<Koffi['load']>;

async function open(library: string): Promise<CApi> {
  const koffi = await loadKoffi();
  const libc = koffi.load(cLibrary());
  // Loading tells of oneDNN, whatever level was asked for.
  const isSilent = Number(process.env.TF_CPP_MIN_LOG_LEVEL ?? 0) > 0;
  if (isSilent) silently(libc, () => loadForGood(koffi, library));
  else loadForGood(koffi, library);
  const lib = koffi.load(library);
  const output = koffi.struct({ oper: 'uintptr_t', index: 'int' });
  const types = {
    void: 'void',
    pointer: 'uintptr_t',
    int: 'int',
    int64: 'int64_t',
    size: 'size_t',
    float: 'float',
    uchar: 'uint8_t',
    text: 'const char *',
    buffer: 'void *',
    output,
  } as const;
  const declare = (
    name: string,
    result: keyof typeof types,
    args: readonly (keyof typeof types)[],
  ): unknown => lib.func(name, types[result], [...args.map((arg) => types[arg])]);
  const functions = Object.fromEntries(
    Object.entries(C_SIGNATURES).map(([name, [result, args]]) => [name, declare(name, result, args)]),
  ) as unknown as CFunctions;

  const copyTo = libc.func('memcpy', 'uintptr_t', ['uintptr_t', 'void *', 'size_t']);
  const copyFrom = libc.func('memcpy', 'uintptr_t', ['void *', 'uintptr_t', 'size_t']);
  const malloc = libc.func('malloc', 'uintptr_t', ['size_t']) as (bytes: number) => number;
  const free = libc.func('free', 'void', ['uintptr_t']) as (address: number) => void;
  const status = functions.TF_NewStatus();
  const texts = new Map<string, number>();
  const nothing = new ArrayBuffer(0);
  return {
    ...functions,
    status,
    check(given = status) {
      const code = functions.TF_GetCode(given);
      if (code !== 0) throw failure(code, functions.TF_Message(given));
    },
    text(text) {
      let address = texts.get(text);
      if (address === undefined) {
        const bytes = Buffer.from(`${text}\0`);
        address = malloc(bytes.length);
        copyTo(address, bytes, bytes.length);
        texts.set(text, address);
      }
      return address;
    },
    allocate(bytes) {
      const address = malloc(Math.max(8, bytes));
      return { address, memory: koffi.view(BigInt(address), bytes) };
    },
    free,
    copyTo(address, values, bytes) {
      if (bytes > 0) copyTo(address, values, bytes);
    },
    copyFrom(address, bytes) {
      if (bytes === 0) return nothing.slice();
      const memory = new ArrayBuffer(bytes);
      copyFrom(new Uint8Array(memory), address, bytes);
      return memory;
    },
    copyInto(address, values) {
      if (values.byteLength > 0) copyFrom(values, address, values.byteLength);
    },
  };
}

/**
 * Opens the library so that its symbols are seen by custom operations, and so that it is never unloaded: the process
 * would crash at its end, when that happens under the library's own threads.
 */
function loadForGood(koffi: Koffi, library: string): void {
  const reason = existsSync(library) ? openForGood(koffi, library) : 'there is no such file';
  if (reason === undefined) return;
  throw missing('E_TENSORFLOW_BROKEN', {
    what: `TensorFlow's library does not load: ${reason}`,
    where: library,
    try: 'involve engine remove cpu, then involve engine install cpu (cuda likewise)',
  });
}

/** Runs `work` with nothing written to stderr by the native code that it calls. */
function silently(libc: LibraryHandle, work: () => void): void {
  const dup = libc.func('dup', 'int', ['int']) as (file: number) => number;
  const dup2 = libc.func('dup2', 'int', ['int', 'int']) as (from: number, to: number) => number;
  const kept = dup(STDERR);
  const nowhere = openSync(devNull, 'w');
  dup2(nowhere, STDERR);
  try {
    work();
  } finally {
    dup2(kept, STDERR);
    closeSync(kept);
    closeSync(nowhere);
  }
}

/** TF_RESOURCE_EXHAUSTED. */
const OUT_OF_MEMORY = 8;

function failure(code: number, message: string): InvolveError {
  if (code === OUT_OF_MEMORY) {
    return runFailed('E_OUT_OF_MEMORY', {
      what: `TensorFlow ran out of memory: ${firstLine(message)}`,
      try: '--set train.batchSize=… with a smaller batch, or --set data.inputSize=…',
    });
  }
  const what = `TensorFlow: ${firstLine(message)}`;
  // It names the operation that has no implementation with the same bits every time.
  const hint = /determinis/i.test(message) ? { try: '--set engine.deterministic=false' } : {};
  return runFailed('E_TENSORFLOW', { what, ...hint });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0];
}
