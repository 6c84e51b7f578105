import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../config/load.js';
import { SHIPPED_ROOT, shippedConfigs } from '../../config/testing.js';
import { designFor } from '../design.js';
import { taskOfCount } from '../task-of.js';

/** Drawn scenes have ten classes. */
const CLASSES = 10;
/** Of a score: a 1×1 convolution with a bias. */
const scores = (...channels: readonly number[]): number =>
  channels.reduce((sum, each) => sum + (each + 1) * CLASSES, 0);

const EXPECTED: Readonly<Record<string, number>> = {
  // EfficientNet-B0 without its last two stages, with scores of each stride in the place of the classifier of six.
  'scenes-small': 1_005_414 - (1280 + 1) * 6 + scores(1280, 40, 24, 16),
  'scenes-fpn': 817_946,
  'dense-small': 2_734_634,
  'axial-deeplab-small': 1_030_586,
  'upernet-small': 1_368_730,
  // Those of 19 classes are held to the published ones where the networks are; a class is a score of 128 channels, or of 512.
  'rednet50-fpn': 18_463_169 - 9 * (128 + 1),
  'rednet50-fpn-involution': 16_372_737 - 9 * (128 + 1),
  'rednet50-upernet': 54_015_809 - 9 * (512 + 1),
};

describe('the shipped configs of segmentations', () => {
  const experiments = shippedConfigs()
    .filter((name) => name.startsWith('segmentation'))
    .map((name) => loadExperiment(join(SHIPPED_ROOT, name)).experiment);

  it.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
    '%s has its exact count',
    (name, { model, data, train }) => {
      const task = taskOfCount(CLASSES, { target: 'mask', train });
      expect(designFor(task, model, data.inputSize).total().parameters).toBe(EXPECTED[name]);
    },
  );

  it('are all of them', () => {
    expect(experiments.map(({ name }) => name).sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});
