import type { Group } from 'jsfive';
import type { Numbers } from '../conventions.js';

/** An array of floating-point numbers in an HDF5 file. */
export interface Hdf5Array extends Numbers {
  /** The groups that it lies in and its own name: `['layers', 'conv2d', 'vars', '0']`. */
  readonly path: readonly string[];
  /** What its group says of itself. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A file of Keras's has four groups within each other, and some hundreds in all. */
const DEEPEST = 12;
const MOST = 100_000;

/**
 * All arrays of floating-point numbers in an HDF5 file.
 * @throws Error where it is none, is damaged, or has what its reader does not know
 */
export async function readHdf5(bytes: Uint8Array): Promise<Hdf5Array[]> {
  const { Dataset, File } = await import('jsfive');
  const found: Hdf5Array[] = [];
  let count = 0;
  const visit = (group: Group, path: readonly string[]): void => {
    for (const name of group.keys) {
      // A group may be a part of itself.
      if (path.length === DEEPEST || ++count > MOST) throw new Error('its groups have no end');
      const here = [...path, name];
      const member = group.get(name);
      if (!(member instanceof Dataset)) {
        visit(member, here);
        continue;
      }
      if (!isFloat(member.dtype)) continue;
      const { shape, value } = member;
      const data = Float32Array.from(value);
      const size = shape.reduce((product, length) => product * length, 1);
      if (data.length !== size) throw new Error(`${here.join('/')} has ${data.length} numbers, not ${size}`);
      found.push({ path: here, attributes: group.attrs, shape: [...shape], data });
    }
  };
  const content = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    visit(new File(content, ''), []);
  } catch (error) {
    // The reader throws texts.
    throw error instanceof Error ? error : new Error(String(error));
  }
  return found;
}

// --- internal ---

function isFloat(dtype: unknown): boolean {
  return typeof dtype === 'string' && /^[<>]f[48]$/.test(dtype);
}
