import type { Engine } from '../engine/engine.js';
import type { Blueprint } from '../layers/blueprint.js';
import { gigabytes } from '../util/gigabytes.js';
import { machineMemory } from '../util/machine-memory.js';

/** Why a network's weights alone are more than an engine can hold; undefined where they are not. */
export function weightsBeyond({ footprint }: Pick<Engine, 'footprint'>, net: Blueprint): string | undefined {
  const { parameters, nonTrainable } = net.total();
  const bytes = 4 * (parameters + nonTrainable);
  const room = footprint?.engineBytes ?? footprint?.limitBytes ?? machineMemory();
  if (bytes <= room) return undefined;
  return `its weights are ${gigabytes(bytes)}, and there are ${gigabytes(room)} for everything`;
}
