import { torch, type Numbers } from '../conventions.js';
import type { OwnWeight } from '../own-weights.js';

/** A weight of ours as the network of `model.py` has it. */
export interface TorchWeight extends Numbers {
  /** `stage2.block1.expand.weight` */
  readonly name: string;
}

/** What a layer is called there: modules within modules. */
export function moduleName(layer: string): string {
  return layer.replaceAll('/', '.');
}

/**
 * Kernels get the layout and the name that PyTorch gives them, each part of an operator a module of its own:
 * `reduce_kernel` [1,1,C,R] is `reduce.weight` [R,C,1,1], `reduce_gamma` is `reduce_bn.weight`. What only the operator
 * knows, a table of positions, stays as it is.
 */
export function torchWeight(weight: OwnWeight, data: Float32Array): TorchWeight {
  const { layer, part, shape } = weight;
  const asItIs = { name: `${moduleName(layer)}.${part}`, shape, data };
  // No module of PyTorch has a kernel of three axes.
  if (shape.length === 3) return asItIs;
  for (const [pattern, name] of MODULES) {
    if (!pattern.test(part)) continue;
    return { name: `${moduleName(layer)}.${part.replace(pattern, name)}`, ...torch.to(weight, data) };
  }
  return asItIs;
}

// --- internal ---

const MODULES: readonly (readonly [RegExp, string])[] = [
  // It is of several maps.
  [/^(map_bias)$/, '$1'],
  [/^kernel$/, 'weight'],
  [/^kernel(\d+)$/, 'segment$1.weight'],
  [/^(geometry_\w+)$/, '$1.weight'],
  [/^(\w+)_kernel$/, '$1.weight'],
  [/^bias$/, 'bias'],
  [/^(\w+)_bias$/, '$1.bias'],
  [/^gamma$/, 'weight'],
  [/^beta$/, 'bias'],
  [/^moving_mean$/, 'running_mean'],
  [/^moving_variance$/, 'running_var'],
  [/^(\w+)_gamma$/, '$1_bn.weight'],
  [/^(\w+)_beta$/, '$1_bn.bias'],
  [/^(\w+)_moving_mean$/, '$1_bn.running_mean'],
  [/^(\w+)_moving_variance$/, '$1_bn.running_var'],
];
