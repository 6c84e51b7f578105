import type { Numbers } from './conventions.js';
import type { ForeignNames } from './foreign-names.js';
import type { OwnWeight } from './own-weights.js';
import type { StoredWeights } from './read-weights.js';

export const CLASSES = 7;

/** The same numbers as the script's, by the names of PyTorch. */
export function valueOf(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const h = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 1000;
  const range = Math.sqrt(6 / (count / shape[0]));
  return Float32Array.from({ length: count }, (_, i) => {
    const wave = Math.sin(12.9898 * (i + 1) + h) * 43758.5453;
    const s = 2 * (wave - Math.floor(wave)) - 1;
    if (name.endsWith('running_var')) return 1 + 0.3 * s;
    if (name.endsWith('running_mean') || name.endsWith('bias')) return 0.1 * s;
    return shape.length === 1 ? 1 + 0.2 * s : range * s;
  });
}

/** A file as timm would write it, for these weights. */
export function storedFor(weights: readonly OwnWeight[], names: ForeignNames): StoredWeights {
  const tensors = new Map<string, Numbers>(
    weights.map((weight) => {
      const name = names.nameOf(weight)!;
      const shape = names.convention.shapeOf(weight);
      return [name, { shape, data: valueOf(name, shape) }];
    }),
  );
  return { shown: 'model.safetensors', sha256: '', tensors };
}
