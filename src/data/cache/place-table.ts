import { createHash } from 'node:crypto';
import { fileState } from '../formats/file-stamp.js';
import type { ImagePlace } from '../source.js';

/** Where many images lie, in shared memory: threads look into it, and none has a copy. */
export interface PlaceTablePort {
  /** Paths as UTF-8, one after the other, and where each ends; of a file with many images one. */
  readonly paths: Uint8Array<SharedArrayBuffer>;
  readonly pathEnds: Uint32Array<SharedArrayBuffer>;
  /** The path of each image. */
  readonly pathOf: Uint32Array<SharedArrayBuffer>;
  /** Offset and length of each image; null where every image is a file. */
  readonly stretches: Float64Array<SharedArrayBuffer> | null;
  /** Digests of the states of the files, a path each. */
  readonly states: Uint8Array<SharedArrayBuffer>;
}

const stateBytes = 8;

/**
 * Puts places into shared memory.
 * @param indices the images, by the numbers that `place` knows them by
 */
export function placeTable(indices: Uint32Array, place: (index: number) => ImagePlace): PlaceTablePort {
  const places = Array.from(indices, place);
  const known = new Map<string, number>();
  const files: { readonly path: Buffer; readonly state: Buffer }[] = [];
  const pathOf = new Uint32Array(new SharedArrayBuffer(4 * places.length));
  const hasStretches = places.some(({ stretch }) => stretch !== null);
  const stretches = hasStretches ? new Float64Array(new SharedArrayBuffer(16 * places.length)) : null;
  places.forEach(({ path, stretch, state }, i) => {
    let at = known.get(path);
    if (at === undefined) {
      at = files.length;
      known.set(path, at);
      files.push({ path: Buffer.from(path), state: digest(state) });
    }
    pathOf[i] = at;
    // A length of −1 is that of the file.
    stretches?.set([stretch?.offset ?? 0, stretch?.length ?? -1], 2 * i);
  });
  const bytes = files.reduce((sum, { path }) => sum + path.length, 0);
  const paths = new Uint8Array(new SharedArrayBuffer(bytes));
  const pathEnds = new Uint32Array(new SharedArrayBuffer(4 * files.length));
  const states = new Uint8Array(new SharedArrayBuffer(stateBytes * files.length));
  let end = 0;
  files.forEach(({ path, state }, i) => {
    paths.set(path, end);
    end += path.length;
    pathEnds[i] = end;
    states.set(state, i * stateBytes);
  });
  return { paths, pathEnds, pathOf, stretches, states };
}

/** Where an image lies, as the table has it. */
export function placeIn(table: PlaceTablePort, index: number): Omit<ImagePlace, 'state'> {
  const file = table.pathOf[index]!;
  const start = file === 0 ? 0 : table.pathEnds[file - 1]!;
  // A copy: text is not decoded from shared memory.
  const path = Buffer.from(table.paths.slice(start, table.pathEnds[file])).toString();
  const length = table.stretches?.[2 * index + 1] ?? -1;
  return { path, stretch: length < 0 ? null : { offset: table.stretches![2 * index]!, length } };
}

/** Whether the file of an image is still what it was when it was listed. */
export function isUnchanged(table: PlaceTablePort, index: number): boolean {
  const file = table.pathOf[index]!;
  const was = table.states.subarray(file * stateBytes, (file + 1) * stateBytes);
  return digest(fileState(placeIn(table, index).path)).equals(Buffer.from(was));
}

// --- internal ---

function digest(state: string): Buffer {
  return createHash('sha256').update(state).digest().subarray(0, stateBytes);
}
