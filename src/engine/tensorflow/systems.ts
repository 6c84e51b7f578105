/** What is named differently from system to system; all else is the same code. */
export interface SystemNames {
  /** The C API and the kernels, and what it stands on, both in the folder `tensorflow` of the wheel. */
  readonly library: string;
  readonly framework: string;
  /** Options of the linker with which a library may use functions that are there only when it is loaded. */
  readonly unresolved: readonly string[];
}

/** The systems on which TensorFlow's wheel has its C API in a library of its own, which needs no Python. */
export const SYSTEMS = {
  linux: {
    library: 'libtensorflow_cc.so.2',
    framework: 'libtensorflow_framework.so.2',
    unresolved: ['-lpthread'],
  },
  darwin: {
    library: 'libtensorflow_cc.2.dylib',
    framework: 'libtensorflow_framework.2.dylib',
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
