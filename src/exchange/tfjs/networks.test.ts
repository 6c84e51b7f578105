import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SMALL_NETWORKS } from '../../models/engines.testing.js';
import { asTrained, pixelsOf } from '../onnx/testing.js';
import { format, programOf } from './format.js';
import { engineLogits, writtenFolder } from './testing.js';

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Every family once, and the operators that no family is made of; a page is for what says one class of an image. */
const NETWORKS = SMALL_NETWORKS.filter(
  ([name]) => !/^a pyramid|bounded by|in windows|^(conv|local-.*|san-.*|axial-.*) in the slot/.test(name),
);

describe('the module of an exported folder computes what the wasm engine does, bit for bit', () => {
  it.each(NETWORKS)('%s', async (_, design) => {
    const trained = asTrained(design, { withStatistics: false });
    const pixels = pixelsOf(2, trained.experiment.data.inputSize);
    const folder = await writtenFolder(trained);
    try {
      const file = await (await format.reader())(folder);
      const logits = await file.logits(pixels, 2);
      expect(bytesOf(logits)).toEqual(bytesOf(engineLogits(trained, pixels, 2)));
      // The second image, answered over what the first has left behind, has another answer.
      expect(logits.slice(trained.classes.length)).not.toEqual(logits.slice(0, trained.classes.length));
      expect(logits.every(Number.isFinite)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a portable program', () => {
  const [, design] = SMALL_NETWORKS.find(([name]) => name === 'ResNet')!;

  it('makes once what follows from weights alone, and the rest for every image', () => {
    const { setUp, calls, data, memoryBytes, inputs } = programOf(
      asTrained(design, { withStatistics: false }),
    );
    expect(setUp.length).toBeGreaterThan(0);
    expect(calls.length).toBeGreaterThan(setUp.length);
    // Weights lie behind what belongs to the pool, and all the rest behind them.
    expect(data.address).toBe(65536);
    expect(inputs.images.address).toBeGreaterThanOrEqual(data.address + data.bytes.length);
    expect(inputs.images.address + 4 * inputs.images.length).toBeLessThan(memoryBytes);
  });
});
