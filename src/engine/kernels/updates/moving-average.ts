import { attributes, defineKernel, float32 } from '../define-kernel.js';

export interface MovingAverageUpdateAttrs {
  readonly decay: number;
}

/** average ← decay·average + (1 − decay)·value. `average`, `value` of one shape → like them. */
export const MovingAverageUpdate = defineKernel({
  name: 'MovingAverageUpdate',
  inputs: { average: float32(), value: float32() },
  attributes: attributes<MovingAverageUpdateAttrs>(),
  outputs: { average: ({ average }) => average },
  reference: ({ values: { average, value }, attrs: { decay } }) =>
    Float32Array.from(average, (old, i) => decay * old + (1 - decay) * value[i]),
  tolerance: 2e-6,
});
