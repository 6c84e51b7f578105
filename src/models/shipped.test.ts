import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../config/load.js';
import type { DataConfig } from '../data/options.js';
import type { Experiment } from '../config/schema.js';
import { smokeSizes, smokeVersion } from '../config/smoke.js';
import { SHIPPED_ROOT, shippedConfigs } from '../config/testing.js';
import { knownClasses } from '../data/sets/index.js';
import { openEngine } from '../engine/engine.js';
import { openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import type { Blueprint } from '../layers/blueprint.js';
import { designModel } from '../tasks/classification/head.js';
import { firstFittingSize } from './first-fitting-size.js';

const root = SHIPPED_ROOT;
const shipped = shippedConfigs();
const experiments = new Map(shipped.map((name) => [name, loadExperiment(join(root, name)).experiment]));

/**
 * Where the parameters that an article prints are not those of its network as we know it, in millions:
 * widths that nobody published (LR-Net).
 */
const OFF_CLAIM: Readonly<Record<string, number>> = {
  'lr-net/lr-net50.yaml': 23.4,
};

/** Configs of folders of images are for ImageNet. */
function classesOf(data: DataConfig): number {
  return knownClasses(data)?.length ?? 1000;
}

function design({ model, data }: Experiment): Blueprint {
  return designModel(model, data.inputSize, classesOf(data));
}

describe.each(shipped)('configs/%s', (name) => {
  const experiment = experiments.get(name)!;

  it('is a network for its images and classes', () => {
    const net = design(experiment);
    const [last] = net.summary().slice(-1);
    expect(last.outputShape).toEqual([classesOf(experiment.data)]);
    expect(net.total().macs).toBeGreaterThan(0);
  });

  it('has the parameters that its article claims', () => {
    const claimed = experiment.source?.claim.parametersMillions ?? null;
    if (claimed === null) return;
    const { parameters, nonTrainable } = design(experiment).total();
    // To the digits that the article prints, rounded or, as in some, cut off; some count moving statistics.
    const digits = String(claimed).split('.')[1]?.length ?? 0;
    const shown = [parameters, parameters + nonTrainable].flatMap((count) => {
      const scaled = (count / 1e6) * 10 ** digits;
      return [Math.round(scaled), Math.floor(scaled)].map((value) => value / 10 ** digits);
    });
    expect(shown).toContain(OFF_CLAIM[name] ?? claimed);
  });

  it('is a network for the small images of a smoke run', () => {
    const size = firstFittingSize(experiment.model, smokeSizes(experiment));
    expect(size).toBeLessThanOrEqual(128);
    expect(smokeVersion(experiment, size).data.inputSize).toBe(size);
  });
});

describe('with weights', () => {
  beforeAll(async () => {
    await openReference();
    await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    await tf.setBackend('involve-wasm');
  });
  afterAll(() => tf.removeBackend('involve-wasm'));

  const families = [...new Set([...experiments.values()].map(({ model }) => model.family))];
  it.each(families)('the smallest config of %s is what its blueprint says', (family) => {
    const [smallest] = [...experiments.values()]
      .filter(({ model }) => model.family === family)
      .map((experiment) => {
        const net = design(experiment);
        return { experiment, net, cost: net.total() };
      })
      .sort((a, b) => a.cost.parameters - b.cost.parameters);
    const { experiment, net, cost } = smallest;
    const model = net.build(0, 'smallest');
    expect(model.countParams()).toBe(cost.parameters + cost.nonTrainable);
    const { inputSize } = experiment.data;
    const x = uniformTensor([1, inputSize, inputSize, 3], 1);
    const logits = tf.tidy(() => model.apply(x, { training: false }) as tf.Tensor);
    expect(logits.shape).toEqual([1, classesOf(experiment.data)]);
    expect(valuesOf(logits).every(Number.isFinite)).toBe(true);
  });
});
