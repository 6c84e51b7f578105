/** What is named differently from system to system; all else is the same code. */
export interface SystemNames {
  /** The C API and the kernels, and what it stands on, both in the folder `tensorflow` of the wheel. */
  readonly library: string;
  readonly framework: string;
  /** Where memcpy, malloc and dup are; where dlopen is, the first that has it. */
  readonly libc: string;
  readonly loaders: readonly string[];
  /** Flags of dlopen (<dlfcn.h>): resolve all at once, for everybody, never to be unloaded. */
  readonly loadForGood: number;
  /** Options of the linker with which a library may use functions that are there only when it is loaded. */
  readonly unresolved: readonly string[];
}

/** The systems on which TensorFlow's wheel has its C API in a library of its own, which needs no Python. */
export const SYSTEMS = {
  linux: {
    library: 'libtensorflow_cc.so.2',
    framework: 'libtensorflow_framework.so.2',
    libc: 'libc.so.6',
    // dlopen is in libc since glibc 2.34.
    loaders: ['libc.so.6', 'libdl.so.2'],
    loadForGood: 0x2 | 0x100 | 0x1000,
    unresolved: ['-lpthread'],
  },
  darwin: {
    library: 'libtensorflow_cc.2.dylib',
    framework: 'libtensorflow_framework.2.dylib',
    libc: '/usr/lib/libSystem.B.dylib',
    loaders: ['/usr/lib/libSystem.B.dylib'],
    loadForGood: 0x2 | 0x8 | 0x80,
    unresolved: ['-undefined', 'dynamic_lookup'],
  },
} as const satisfies Readonly<Record<string, SystemNames>>;

/** A system on which TensorFlow runs. */
export type System = keyof typeof SYSTEMS;

/** Whether TensorFlow runs on a platform of Node's. */
export function isSystem(platform: string): platform is System {
  return platform in SYSTEMS;
}

/** The names of this system; elsewhere those of Linux, where nothing is found by them. */
export function systemNames(platform: string = process.platform): SystemNames {
  return SYSTEMS[isSystem(platform) ? platform : 'linux'];
}
