import type { RandomStream } from '../../../util/random.js';
import { mix32 } from '../../../util/random.js';
import type { SceneThing } from '../scene-things.js';

/** What a scene is at one point: a material and how light it is there, 0 … 1, and what one sees. */
export interface Sample {
  material: number;
  tone: number;
  thing: SceneThing;
}

/**
 * A scene as a function of the point: x to the right, y down, the image is 0 … 1 in both and scenes go on
 * beyond it. Writes into `sample` instead of returning, since it is called for every pixel.
 */
export type Scene = (x: number, y: number, sample: Sample) => void;

/** Makes a scene of a class; everything about it comes from the stream. */
export type SceneMaker = (random: RandomStream) => Scene;

export const clamp = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);
export const fraction = (x: number): number => x - Math.floor(x);
export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/** 32 random bits for a cell of a grid. */
export function cellBits(key: number, x: number, y: number): number {
  return mix32(mix32(key + Math.imul(x, 0x9e3779b9)) ^ Math.imul(y, 0x85ebca6b));
}

/** A random number 0 … 1 for a cell of a grid. */
export function cellNoise(key: number, x: number, y: number): number {
  return (cellBits(key, x, y) >>> 8) / 16777216;
}

/** Smooth noise 0 … 1 with features of size 1. */
export function valueNoise(key: number, x: number, y: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const u = smooth(x - i);
  const v = smooth(y - j);
  const top = mix(cellNoise(key, i, j), cellNoise(key, i + 1, j), u);
  const bottom = mix(cellNoise(key, i, j + 1), cellNoise(key, i + 1, j + 1), u);
  return mix(top, bottom, v);
}

const smooth = (t: number): number => t * t * (3 - 2 * t);
