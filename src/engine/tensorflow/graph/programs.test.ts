import { afterEach, describe, expect, it, vi } from 'vitest';
import { add, mul, tensor1d, variable, type Tensor, type Variable } from '../../tf.js';
import type { InvolveError } from '../../../util/errors.js';
import { valuesOf } from '../../testing.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../testing.js';
import { SlotTable } from './slots.js';

const held = (...values: number[]): Variable => variable(tensor1d(values));

describe.skipIf(NO_TENSORFLOW)(`programs in one graph${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, () => {
  afterEach(() => void vi.restoreAllMocks());

  it('exchange what variables hold, whichever is assigned first', async () => {
    const engine = await openTestTensorflow('replay');
    const [a, b] = [held(1, 2), held(30, 40)];
    const program = engine.record({
      batch: 1,
      inputs: {},
      phases: [
        (): Record<string, Tensor> => {
          const [was, other] = [a.clone(), b.clone()];
          a.assign(other);
          b.assign(was);
          return {};
        },
      ],
    });
    for (let run = 1; run <= 4; run++) {
      await program.run({});
      const [first, second] = [a, b].map(valuesOf);
      expect([first, second]).toEqual(run % 2 === 1 ? [[30, 40], [1, 2]] : [[1, 2], [30, 40]]); // prettier-ignore
    }
    program.dispose();
  });

  it.each([
    ['another operation', [add, mul], /^Add\w*\(.*\).*, then Mul\(/],
    ['one less', [(x: Tensor) => mul(add(x, 1), 2), (x: Tensor) => add(x, 1)], /, then NoOp\(\)$/],
  ] as const)('refuse a step that is not the same every time: %s', async (_, ways, said) => {
    const engine = await openTestTensorflow('replay');
    let recordings = 0;
    const spec = {
      batch: 1,
      inputs: { x: { shape: [2], dtype: 'float32' as const } },
      phases: [({ x }: Readonly<Record<string, Tensor>>) => ({ y: ways[recordings++](x, 3) })],
    };
    const refused = (): string => {
      try {
        engine.record(spec);
      } catch (error) {
        return (error as InvolveError).message;
      }
      return 'recorded';
    };
    expect(refused().replace(/^.*?: (operation \d+, )?/, '')).toMatch(said);
  });

  it('close their session when the last of them ends', async () => {
    const engine = await openTestTensorflow('replay');
    const close = vi.spyOn(SlotTable.prototype, 'close');
    const counted = held(0);
    const spec = {
      batch: 1,
      inputs: {},
      phases: [
        (): Record<string, Tensor> => {
          counted.assign(add(counted, 1));
          return {};
        },
      ],
    };
    const [first, second] = [engine.record(spec), engine.record(spec)];
    await first.run({});
    first.dispose();
    expect(close).not.toHaveBeenCalled();
    await second.run({});
    second.dispose();
    expect(close.mock.calls).toEqual([[false]]);
    const third = engine.record(spec);
    await third.run({});
    third.dispose();
    expect(close).toHaveBeenCalledTimes(2);
    expect(valuesOf(counted)).toEqual([3]);
  });

  it('fetch variables once for all who ask, until they change', async () => {
    const engine = await openTestTensorflow('replay');
    const download = vi.spyOn(SlotTable.prototype, 'download');
    const [a, b] = [held(1), held(2)];
    const program = engine.record({
      batch: 1,
      inputs: {},
      phases: [
        (): Record<string, Tensor> => {
          a.assign(mul(a, 2));
          b.assign(mul(b, 2));
          return {};
        },
      ],
    });
    for (let run = 0; run < 2; run++) {
      await program.run({});
      download.mockClear();
      expect([a, b, a, b].map(valuesOf).flat()).toEqual([2, 4, 2, 4].map((value) => value * 2 ** run));
      expect(download).toHaveBeenCalledTimes(1);
    }
    program.dispose();
  });
});
