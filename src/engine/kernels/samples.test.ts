import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../testing.js';
import { runKernel } from '../wasm/testing.js';
import { KERNELS } from './index.js';
import type { Shape } from './kernel.js';
import { allSamples } from './samples.testing.js';
import { sizeOf } from './size-of.js';

const samples = await allSamples();

beforeAll(openReference);

describe('the contract', () => {
  it('lists every kernel that a file of this folder declares, once', () => {
    const here = dirname(fileURLToPath(import.meta.url));
    const declared = ['.', 'activations', 'updates']
      .map((folder) => join(here, folder))
      .flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => /^[a-z-]+\.ts$/.test(name))
          .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/^ {2}name: '(\w+)',$/gm)])
          .map(([, name]) => name),
      );
    expect(declared.length).toBeGreaterThan(20);
    expect(KERNELS.map(({ name }) => name).sort()).toEqual(declared.sort());
  });

  it('has samples of each', () => {
    const sampled = new Set(samples.map(({ kernel }) => kernel.name));
    expect([...sampled].sort()).toEqual(KERNELS.map(({ name }) => name).sort());
  });
});

describe('the reference puts out numbers for the shapes that are declared', () => {
  for (const { title, kernel, inputs, attrs } of samples)
    it(title, () => {
      const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
      const rules = Object.values(kernel.outputs) as ((shapes: object, attrs: object) => Shape)[];
      const outputs = runKernel('cpu', kernel.name, inputs, attrs);
      expect(outputs.map(({ shape }) => shape)).toEqual(rules.map((rule) => [...rule(shapes, attrs)]));
      for (const { shape, values } of outputs) {
        expect(values).toBeInstanceOf(Float32Array);
        expect(values.length).toBe(sizeOf(shape));
        expect(values.every(Number.isFinite)).toBe(true);
      }
    });
});
