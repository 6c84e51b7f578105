import { posix } from 'node:path';
import { missing } from '../../../util/errors.js';
import type { Wheel } from './wheel.js';

const INCLUDE = 'tensorflow/include/';

/** The libraries with the C API and the kernels. */
const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];

/** Where a custom operation starts to read headers. */
const HEADERS = ['c_api.h', 'kernels.h', 'ops.h', 'tf_tensor.h', 'tf_status.h'].map(
  (name) => `${INCLUDE}tensorflow/c/${name}`,
);

/**
 * What is needed of TensorFlow's wheel: two libraries, and the C headers for building custom operations.
 * @throws InvolveError (exit code 3) where it has no library
 */
export async function tensorflowFiles(wheel: Wheel, requirement: string): Promise<string[]> {
  const names = new Set(wheel.names);
  if (!LIBRARIES.every((name) => names.has(name))) {
    throw missing('E_NO_WHEEL', {
      what: `the wheel of ${requirement} for this platform holds no libtensorflow_cc.so.2`,
      try: 'another version: involve engine install cpu --version 2.21.0',
    });
  }
  return [...LIBRARIES, ...(await headers(wheel, names))];
}

/**
 * What is needed of a wheel of NVIDIA's: the shared libraries, and the assembler and device functions with which
 * TensorFlow compiles kernels. Headers and static libraries stay behind.
 */
export function nvidiaFiles(wheel: Wheel): string[] {
  return wheel.names.filter(
    (name) =>
      /^nvidia\/[^/]+\/lib\/[^/]+\.so(\.[\d.]+)?$/.test(name) ||
      /^nvidia\/[^/]+\/(bin|nvvm\/libdevice)\/[^/]+$/.test(name),
  );
}

// --- internal ---

/** The C headers and, transitively, what they include of the wheel: a few dozen of its thousands. */
async function headers(wheel: Wheel, names: ReadonlySet<string>): Promise<string[]> {
  const found = new Set(HEADERS.filter((name) => names.has(name)));
  for (const header of found) {
    const source = await wheel.read(new RegExp(`^${header.replace(/[.+]/g, '\\$&')}$`));
    for (const [, included] of source.matchAll(/^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]/gm)) {
      const candidates = [INCLUDE + included, posix.join(posix.dirname(header), included)];
      const target = candidates.find((name) => names.has(name));
      if (target !== undefined) found.add(target);
    }
  }
  return [...found].sort();
}
