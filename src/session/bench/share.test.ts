import { afterEach, describe, expect, it, vi } from 'vitest';
import { SHIPPED_ROOT } from '../../config/testing.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import type { ProgramPlan } from '../../engine/program/program.js';
import { weightsOf } from '../../train/parameters.js';
import { loadConfig } from '../load-config.js';
import type { OpenModel } from '../open-model.js';
import { BenchPart, openBench } from './share.js';

let opened: OpenModel | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await opened?.close();
  opened = undefined;
});

/** What two steps change, and the calls of kernels that one has. */
async function stepOf(engine: 'wasm' | 'tensorflow', freeze: string | null) {
  const experiment = loadConfig(
    'octconv/wrn-28-10.yaml',
    {
      set: ['model.depth=10', 'model.widen=1', 'train.batchSize=4', `train.freeze=${freeze}`],
      ...{ engine, threads: 1, input: 16 },
    },
    SHIPPED_ROOT,
  );
  const task = { experiment, mode: 'train', classes: 3 } as const;
  opened = await openBench(task, {});
  const { model, engine: own } = opened;
  const plans: (ProgramPlan | undefined)[] = [];
  const record = own.record.bind(own);
  vi.spyOn(own, 'record').mockImplementation((spec) => {
    const program = record(spec);
    plans.push(program.plan);
    return program;
  });
  const values = (): ReadonlyMap<string, Float32Array> =>
    new Map(
      weightsOf(model).map(({ name, variable }) => [name, Float32Array.from(variable.dataSync<'float32'>())]),
    );
  const before = values();
  const part = new BenchPart(task, opened);
  for (let step = 0; step < 2; step++) expect(await part.time(4)).toBeGreaterThan(0);
  const after = values();
  const changed = [...before].filter(([name, value]) => after.get(name)!.some((x, i) => x !== value[i]));
  return { calls: plans[0]?.calls, changed: changed.map(([name]) => name), names: [...before.keys()] };
}

describe.each(['wasm', 'tensorflow'] as const)('a timed train step on %s', (engine) => {
  it.skipIf(engine === 'tensorflow' && NO_TENSORFLOW)(
    'trains nothing that is frozen, and computes no gradients of it',
    async () => {
      const whole = await stepOf(engine, null);
      const kernels = whole.names.filter((name) => name.endsWith('/kernel'));
      expect(whole.changed).toEqual(expect.arrayContaining(kernels));
      const head = await stepOf(engine, 'features');
      expect(head.changed).toEqual(['head/classifier/kernel', 'head/classifier/bias']);
      expect(head.calls).toBeLessThan(0.6 * whole.calls!);
    },
  );
});

it('of a stage that the network has not is refused as in training', async () => {
  await expect(stepOf('wasm', 'group9')).rejects.toMatchObject({ code: 'E_FREEZE', exitCode: 2 });
});
