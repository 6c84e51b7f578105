import { beforeAll, describe, it } from 'vitest';
import golden from '../../engine/kernels/updates/lamb.golden.json' with { type: 'json' };
import { expectClose, openReference, patternTensor, valuesOf } from '../../engine/testing.js';
import { scalar, variable, type Tensor } from '../../engine/tf.js';
import { createOptimizer } from '../optimizer.js';
import type { OptimizerConfig } from '../optimizer-options.js';

beforeAll(openReference);

describe('four steps of timm’s Lamb (see `about` in the golden file)', () => {
  for (const { title, config, steps } of golden.cases) {
    it(title, () => {
      const weight = {
        name: 'layer/kernel',
        variable: variable(patternTensor([6], 20)),
        ...({ role: 'kernel', outputAxes: 1, isOuter: false } as const),
      };
      const optimizer = createOptimizer(config as OptimizerConfig, [weight]);
      const learningRate = scalar(config.learningRate);
      steps.forEach(({ parameter, ...slots }, i) => {
        const gradient = patternTensor<Tensor>([6], 21 + i);
        optimizer.apply(new Map([['layer/kernel', gradient]]), learningRate);
        // 1 − 0.999 is 1.3e-5 off when 0.999 is a float32: the only error above a few ulp.
        expectClose(valuesOf(weight.variable), parameter, 4e-6);
        const bySlot = new Map(optimizer.slots.map(({ name, variable: slot }) => [name, valuesOf(slot)]));
        for (const [name, values] of Object.entries(slots))
          expectClose(bySlot.get(`layer/kernel/${name}`)!, values, 3e-7, name);
      });
    });
  }
});
