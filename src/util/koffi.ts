import type koffiModule from 'koffi';
import { missing } from './errors.js';

export type Koffi = typeof koffiModule;

/** koffi runs a call on a stack of its own; optimising a graph of TensorFlow's goes deep. */
const STACK_BYTES = 16 << 20;

let isConfigured = false;

/**
 * The package that calls libraries written in C.
 * @throws InvolveError E_KOFFI_MISSING with exit code 3
 */
export async function loadKoffi(): Promise<Koffi> {
  try {
    const { default: koffi } = await import('koffi');
    // Possible before the first library alone.
    if (!isConfigured) {
      koffi.config({ ...koffi.config(), sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES });
      isConfigured = true;
    }
    return koffi;
  } catch (error) {
    throw missing(
      'E_KOFFI_MISSING',
      {
        what: 'the package koffi, through which TensorFlow and MPI are called, is not installed or does not load on this machine',
        try: 'npm install koffi',
      },
      { cause: error },
    );
  }
}

/** The library in which memcpy, malloc and dup are. */
export function cLibrary(): string {
  return systemNames().libc;
}

/**
 * Opens a library so that its symbols are seen by what it loads itself, and so that it is never unloaded: the process
 * would crash at its end, when that happens under the library's own threads.
 * @param library a path, or a name for the loader to find
 * @returns why it does not load, in the loader's words
 */
export function openForGood(koffi: Koffi, library: string): string | undefined {
  const loader = loaderOf(koffi);
  return loader.open(library, systemNames().forGood) === 0 ? loader.error() : undefined;
}

// --- internal ---

const SYSTEMS = {
  linux: {
    libc: 'libc.so.6',
    // dlopen is in libc since glibc 2.34.
    loaders: ['libc.so.6', 'libdl.so.2'],
    /** Flags of dlopen (<dlfcn.h>): resolve all at once, for everybody, never to be unloaded. */
    forGood: 0x2 | 0x100 | 0x1000,
  },
  darwin: {
    libc: '/usr/lib/libSystem.B.dylib',
    loaders: ['/usr/lib/libSystem.B.dylib'],
    forGood: 0x2 | 0x8 | 0x80,
  },
} as const;

function systemNames(): (typeof SYSTEMS)[keyof typeof SYSTEMS] {
  return SYSTEMS[process.platform === 'darwin' ? 'darwin' : 'linux'];
}

function loaderOf(koffi: Koffi): { open(file: string, flags: number): number; error(): string } {
  const find = (file: string) => {
    const lib = koffi.load(file);
    return {
      open: lib.func('dlopen', 'uintptr_t', ['const char *', 'int']) as (
        file: string,
        flags: number,
      ) => number,
      error: lib.func('dlerror', 'const char *', []) as () => string,
    };
  };
  const { loaders } = systemNames();
  for (const file of loaders.slice(0, -1)) {
    try {
      return find(file);
    } catch {
      // The next one.
    }
  }
  return find(loaders[loaders.length - 1]!);
}
