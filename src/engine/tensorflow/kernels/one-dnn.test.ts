import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '../../tf-core.js';
import { attr } from '../attributes.js';
import { NO_TENSORFLOW } from '../testing.js';
import { hasOneDnn, oneDnnMaxPool, oneDnnMaxPoolGrad, oneDnnSoftmax } from './one-dnn.js';
import { openTestKernels } from './testing.js';

const WHY_NOT =
  NO_TENSORFLOW ?? (process.arch === 'x64' ? undefined : 'skipped: oneDNN is a part of TensorFlow on x86-64');

describe.skipIf(WHY_NOT)(`oneDNN's operations by name${WHY_NOT ? ` (${WHY_NOT})` : ''}`, () => {
  beforeAll(async () => void (await openTestKernels()));
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  // Whoever changes how they are called and breaks it gets slower steps and no error, but for this.
  it('are found', () => {
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', undefined);
    expect(hasOneDnn()).toBe(true);
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '1');
    expect(hasOneDnn()).toBe(true);
  });

  it('are not asked for where oneDNN is switched off, nor on another processor', () => {
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '0');
    expect(hasOneDnn()).toBe(false);
    vi.unstubAllEnvs();
    const arch = vi.spyOn(process, 'arch', 'get').mockReturnValue('arm64');
    expect(hasOneDnn()).toBe(false);
    arch.mockReturnValue('x64');
    expect(hasOneDnn()).toBe(true);
  });

  it('hold no tensor after they were looked for', () => {
    const { numTensors } = tf.memory();
    hasOneDnn();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('softmax over the last axis', () => {
    const shares = oneDnnSoftmax(
      tf.tensor2d([
        [0, Math.log(3)],
        [1000, 1000],
      ]),
    ).dataSync();
    [0.25, 0.75, 0.5, 0.5].forEach((share, i) => expect(shares[i]).toBeCloseTo(share, 6));
  });

  it('the largest of each window, and its gradient where it was', () => {
    const attributes = {
      T: attr.type('float32'),
      ksize: attr.int([1, 2, 2, 1]),
      strides: attr.int([1, 1, 1, 1]),
      padding: attr.text('VALID'),
      data_format: attr.text('NHWC'),
    };
    const x = tf.tensor4d([1, 2, 3, 9, 5, 4], [1, 2, 3, 1]);
    expect([...oneDnnMaxPool(x, attributes)[0].dataSync()]).toEqual([9, 5]);
    const dy = tf.tensor4d([10, 20], [1, 1, 2, 1]);
    expect([...oneDnnMaxPoolGrad(dy, x, attributes).dataSync()]).toEqual([0, 0, 0, 10, 20, 0]);
  });
});
