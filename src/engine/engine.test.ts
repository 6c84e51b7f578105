import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refusalOf } from '../util/refusal.testing.js';
import { openEngine, type EngineRequest } from './engine.js';
import { KERNELS } from './kernels/index.js';
import * as tf from './tf.js';

const request = (options: Partial<EngineRequest>): EngineRequest => ({
  ...{ name: 'auto', device: 'auto', threads: 1 },
  ...options,
});

describe('openEngine', () => {
  // A machine on which nothing was installed.
  beforeEach(() => vi.stubEnv('INVOLVE_ENGINE_DIR', '/nonexistent'));
  afterEach(() => vi.unstubAllEnvs());

  it.each<[Partial<EngineRequest>, string, string, string]>([
    [
      { device: 'cuda' },
      'E_NO_CUDA',
      'device cuda was asked for, but TensorFlow for CUDA is not installed on this machine',
      'involve engine install cuda (or --device cpu)',
    ],
    [
      { name: 'wasm', device: 'cuda' },
      'E_NO_CUDA',
      'device cuda was asked for, but the wasm engine computes on the processor',
      '--engine tensorflow, or --device cpu',
    ],
    [
      { name: 'tensorflow' },
      'E_ENGINE_MISSING',
      'the tensorflow engine is not installed on this machine',
      'involve engine install cpu (or cuda, for an NVIDIA GPU; --engine wasm needs nothing)',
    ],
  ])('never replaces what was asked for: %j', async (options, code, what, hint) => {
    const error: unknown = await openEngine(request(options)).catch((reason: unknown) => reason);
    expect(
      refusalOf(() => {
        throw error;
      }),
    ).toEqual({ code, exitCode: 3, problems: [{ what, try: hint }] });
  });

  it('opens the reference: tf.js’s cpu backend with every kernel of ours, in silence', async () => {
    const log = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const engine = await openEngine(request({ name: 'reference' }));
    engine.use();
    expect(tf.getBackend()).toBe('cpu');
    expect(engine).toMatchObject({ name: 'reference', device: 'cpu', threads: 1 });
    expect(engine.fallbacks().size).toBe(0);
    for (const { name } of KERNELS) expect(tf.getKernel(name, 'cpu'), name).toBeDefined();
    tf.add(tf.scalar(1), tf.scalar(2)).dispose();
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it.each(['wasm', 'auto'] as const)(
    'opens wasm when asked for %s, with every kernel of ours',
    async (name) => {
      const engine = await openEngine(request({ name, threads: 2 }));
      engine.use();
      expect(tf.getBackend()).toBe('involve-wasm');
      expect(engine).toMatchObject({ name: 'wasm', device: 'cpu', threads: 2 });
      expect(engine.description).toMatch(/^wasm \(SIMD.*, 2 threads\)$/);
      for (const { name: kernel } of KERNELS)
        expect(tf.getKernel(kernel, 'involve-wasm'), kernel).toBeDefined();
      const { bytes } = engine.memory();
      const tensor = tf.zeros([1000]);
      expect(engine.memory().bytes - bytes).toBe(4000);
      expect(engine.memory().peakBytes).toBeGreaterThanOrEqual(4000);
      tensor.dispose();
      tf.removeBackend('involve-wasm');
    },
  );
});

it('opening an engine leaves the one in use that is', async () => {
  (await openEngine(request({ name: 'reference' }))).use();
  const engine = await openEngine(request({ name: 'wasm' }));
  expect(tf.getBackend()).toBe('cpu');
  expect(engine.run(() => tf.getBackend())).toBe('involve-wasm');
  expect(engine.blank([2, 3]).shape).toEqual([2, 3]);
  expect(tf.getBackend()).toBe('cpu');
  tf.removeBackend('involve-wasm');
});
