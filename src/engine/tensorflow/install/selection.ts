import { posix } from 'node:path';
import { missing } from '../../../util/errors.js';
import { systemNames, type System } from '../systems.js';
import type { Wheel } from './wheel.js';

const INCLUDE = 'tensorflow/include/';

/** Where a custom operation starts to read headers. */
const HEADERS = ['c_api.h', 'kernels.h', 'ops.h', 'tf_tensor.h', 'tf_status.h'].map(
  (name) => `${INCLUDE}tensorflow/c/${name}`,
);

/**
 * What is needed of TensorFlow's wheel: two libraries, and the C headers for building custom operations.
 * @throws InvolveError (exit code 3) where it has no library
 */
export async function tensorflowFiles(wheel: Wheel, requirement: string, system: System): Promise<string[]> {
  const names = new Set(wheel.names);
  const { library, framework } = systemNames(system);
  const libraries = [library, framework].map((name) => `tensorflow/${name}`);
  if (!libraries.every((name) => names.has(name))) {
    throw missing('E_NO_WHEEL', {
      what: `the wheel of ${requirement} for this platform holds no ${library}`,
      try: 'another version: involve engine install cpu --version 2.21.0',
    });
  }
  return [...libraries, ...(await headers(wheel, names))];
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
