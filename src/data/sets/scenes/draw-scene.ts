import { RandomStream } from '../../../util/random.js';
import { buildings } from './buildings.js';
import type { Sample, SceneMaker } from './canvas.js';
import { cellBits, mix } from './canvas.js';
import { forest } from './forest.js';
import { glacier } from './glacier.js';
import { mountain } from './mountain.js';
import { sea } from './sea.js';
import { street } from './street.js';
import { sceneThings } from '../scene-things.js';

/** The classes of the Intel set, in its order. */
const makers: Readonly<Record<string, SceneMaker>> = { buildings, forest, glacier, mountain, sea, street };
export const sceneClasses: readonly string[] = Object.keys(makers);

const materials = 3;

/**
 * Draws a scene into size·size·3 RGB bytes. What makes the class is shape and texture; colours, light, place,
 * scale, tilt, things in front and noise are drawn from the same distributions for every class, so that a
 * model which only weighs pixels has little to go by.
 * @param mask is given what is seen at each pixel: size·size labels, places in `sceneThings`
 */
export function drawScene(
  out: Uint8Array,
  size: number,
  label: number,
  seed: number,
  split: string,
  index: number,
  mask?: Uint8Array,
): void {
  const random = new RandomStream(seed, 'scene', split, index);
  const palette = drawPalette(random);
  const view = drawView(random);
  const light = drawLight(random);
  const clutter = drawClutter(random);
  const noiseKey = random.integer(1 << 24);
  const scene = makers[sceneClasses[label]!]!(random);
  const sample: Sample = { material: 0, tone: 0, thing: 'sky' };
  for (let row = 0; row < size; row++) {
    const py = (row + 0.5) / size;
    const near = clutter.filter((shape) => Math.abs(py - shape.y) < shape.height);
    for (let column = 0; column < size; column++) {
      const px = (column + 0.5) / size;
      const cx = (px - 0.5) * view.zoom;
      const cy = (py - 0.5) * view.zoom;
      const x = view.mirror * (cx * view.cos - cy * view.sin) + 0.5 + view.dx;
      const y = cx * view.sin + cy * view.cos + 0.5 + view.dy;
      scene(x, y, sample);
      const shape = clutterAt(near, px, py);
      if (mask !== undefined) {
        mask[row * size + column] = sceneThings.indexOf(shape === null ? sample.thing : 'object');
      }
      const brightness = light.level + light.dx * (px - 0.5) + light.dy * (py - 0.5);
      // One draw a pixel: ten bits of noise for each channel.
      const bits = cellBits(noiseKey, column, row);
      const o = (row * size + column) * 3;
      for (let c = 0; c < 3; c++) {
        const base = sample.material * 6 + c;
        const colour =
          shape === null ? mix(palette[base]!, palette[base + 3]!, sample.tone) : shape.colour[c]!;
        const grain = (((bits >>> (10 * c)) & 1023) / 511.5 - 1) * light.noise;
        const value = 255 * (colour * brightness + grain) + 0.5;
        out[o + c] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
  }
}

/** For each material the colour of tone 0 and of tone 1; either may be the lighter one, tone 1 more often. */
function drawPalette(random: RandomStream): Float32Array {
  const palette = new Float32Array(materials * 6);
  for (let m = 0; m < materials; m++) {
    const contrast = random.between(0.45, 0.7);
    const middle = random.between(0.35, 0.65);
    const sign = random.uniform() < 0.1 ? -1 : 1;
    for (let c = 0; c < 3; c++) {
      const tint = random.between(-0.18, 0.18);
      palette[m * 6 + c] = middle - (sign * contrast) / 2 + tint + random.between(-0.08, 0.08);
      palette[m * 6 + 3 + c] = middle + (sign * contrast) / 2 + tint + random.between(-0.08, 0.08);
    }
  }
  return palette;
}

/** How the scene lies in the picture. */
function drawView(random: RandomStream) {
  const angle = random.between(-0.1, 0.1);
  return {
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    zoom: random.between(0.8, 1.2),
    dx: random.between(-0.12, 0.12),
    dy: random.between(-0.1, 0.1),
    mirror: random.uniform() < 0.5 ? -1 : 1,
  };
}

function drawLight(random: RandomStream) {
  return {
    level: random.between(0.8, 1.15),
    dx: random.between(-0.3, 0.3),
    dy: random.between(-0.3, 0.3),
    noise: random.between(0.02, 0.06),
  };
}

/** An ellipse or a box that stands in front of the scene. */
interface Clutter {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
  readonly colour: readonly [number, number, number];
}

function drawClutter(random: RandomStream): Clutter[] {
  const count = random.integer(4);
  return Array.from({ length: count }, (_, i) => {
    // The first may hide a good part of the scene; the others are small.
    const [low, high] = i === 0 ? [0.05, 0.12] : [0.02, 0.06];
    return {
      x: random.uniform(),
      y: random.uniform(),
      width: random.between(low, high),
      height: random.between(low, high),
      round: random.uniform() < 0.5,
      colour: [random.uniform(), random.uniform(), random.uniform()],
    };
  });
}

function clutterAt(clutter: readonly Clutter[], x: number, y: number): Clutter | null {
  for (const shape of clutter) {
    const u = Math.abs(x - shape.x) / shape.width;
    const v = Math.abs(y - shape.y) / shape.height;
    if (u < 1 && v < 1 && (!shape.round || u * u + v * v < 1)) return shape;
  }
  return null;
}
