import { permutation } from '../util/random.js';

/** Indices of the images of one class, for every class. */
function byClass(indices: Uint32Array, labels: Uint16Array, classes: readonly string[]): Uint32Array[] {
  const groups: number[][] = classes.map(() => []);
  for (const index of indices) groups[labels[index]!]!.push(index);
  return groups.map((group) => Uint32Array.from(group));
}

/** Images that cannot be used; the draw passes over them. */
export type Bad = ReadonlySet<number>;

const none: Bad = new Set();

/**
 * `count` of `indices`, drawn by a key; in ascending order, so that what is left keeps its order. A bad one gives its
 * place to the next of the draw, so that the others stay where they are.
 */
function draw(indices: Uint32Array, count: number, bad: Bad, ...key: (string | number)[]): Uint32Array {
  const order = permutation(indices.length, ...key);
  const drawn = Uint32Array.from(order, (i) => indices[i]!);
  return (bad.size === 0 ? drawn : drawn.filter((index) => !bad.has(index))).slice(0, count).sort();
}

function goodOnes(indices: Uint32Array, bad: Bad): number {
  return bad.size === 0 ? indices.length : indices.filter((index) => !bad.has(index)).length;
}

/**
 * Holds a share of every class out of train. Drawn by `splitSeed` and the name of the class alone, so that all
 * seeds of an experiment share one split. Of a class with a single image nothing is held out, and no bad image is.
 * @returns in train bad ones too: a limit, which is drawn later, passes over them
 */
export function holdOut(
  labels: Uint16Array,
  classes: readonly string[],
  share: number,
  splitSeed: number,
  bad: Bad = none,
): { train: Uint32Array; validation: Uint32Array } {
  const everything = Uint32Array.from(labels, (_, i) => i);
  const held = new Set<number>();
  byClass(everything, labels, classes).forEach((group, c) => {
    const there = goodOnes(group, bad);
    const count = Math.max(0, Math.min(Math.max(1, Math.round(share * there)), there - 1));
    for (const index of draw(group, count, bad, splitSeed, 'hold-out', classes[c]!)) held.add(index);
  });
  return {
    train: everything.filter((index) => !held.has(index)),
    validation: everything.filter((index) => held.has(index)),
  };
}

/**
 * A subset of `limit` images with classes as even as they can be: every class gets the same number, or all it
 * has; what cannot be divided goes to the first classes. All images where there are no more than `limit`.
 */
export function limitTo(
  indices: Uint32Array,
  labels: Uint16Array,
  classes: readonly string[],
  limit: number,
  ...key: (string | number)[]
): Uint32Array {
  return limitGood(indices, { labels, classes, bad: none }, limit, ...key);
}

/** The same, without bad images. */
export function limitGood(
  indices: Uint32Array,
  { labels, classes, bad }: { labels: Uint16Array; classes: readonly string[]; bad: Bad },
  limit: number,
  ...key: (string | number)[]
): Uint32Array {
  if (limit >= goodOnes(indices, bad)) return withoutBad(indices, bad);
  const groups = byClass(indices, labels, classes);
  const counts = evenCounts(
    groups.map((group) => goodOnes(group, bad)),
    limit,
  );
  const chosen = groups.map((group, c) => [...draw(group, counts[c]!, bad, ...key, 'limit', classes[c]!)]);
  return Uint32Array.from(chosen.flat()).sort();
}

/** The good ones of some images. */
export function withoutBad(indices: Uint32Array, bad: Bad): Uint32Array {
  return bad.size === 0 ? indices : indices.filter((index) => !bad.has(index));
}

/** Shares `total` out over classes with `available` images each. */
export function evenCounts(available: readonly number[], total: number): number[] {
  const counts = available.map(() => 0);
  let left = total;
  for (;;) {
    const open = counts.flatMap((count, c) => (count < available[c]! ? [c] : []));
    if (left <= 0 || open.length === 0) return counts;
    const each = Math.max(1, Math.floor(left / open.length));
    for (const c of open) {
      const more = Math.min(each, available[c]! - counts[c]!, left);
      counts[c] = counts[c]! + more;
      left -= more;
    }
  }
}
