import type { Selection } from './splits.js';

/** The images of some selections of a part, ascending, each once. */
export function union(selections: readonly Selection[], count: number): Uint32Array {
  const isChosen = new Uint8Array(count);
  for (const { indices } of selections) for (const index of indices) isChosen[index] = 1;
  return upTo(count).filter((index) => isChosen[index] === 1);
}

/** 0 … count − 1. */
export function upTo(count: number): Uint32Array {
  const all = new Uint32Array(count);
  for (let i = 0; i < count; i++) all[i] = i;
  return all;
}
