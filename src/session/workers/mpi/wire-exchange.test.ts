import { describe, expect, it } from 'vitest';
import { expectBitsOfMemory } from '../../../train/workers/exchange.testing.js';
import { WireExchange } from './wire-exchange.js';
import { wiresInMemory } from './wire.testing.js';

const rules = (patienceSeconds = 60) => ({
  patienceSeconds,
  onSilence: (ranks: readonly number[], seconds: number) =>
    new Error(`silent: ${ranks.join()} for ${seconds.toFixed(0)}`),
});
const exchanges = (of: number, patienceSeconds?: number): readonly WireExchange[] =>
  wiresInMemory(of).map((wire) => new WireExchange(wire, rules(patienceSeconds)));

describe('an exchange over wires', () => {
  it.each([1, 2, 3, 5])('of %i workers gives all the bits of the one in memory', async (of) => {
    const all = exchanges(of);
    // Fewer values than workers, and pieces that differ by one; nothing too.
    await expectBitsOfMemory(all, [1, 16_384, 30_001, 0, 7]);
  });

  it('has no part of those who weigh nothing', async () => {
    const all = exchanges(2);
    const found = [Float32Array.of(3, 5), Float32Array.of(NaN, NaN)];
    await Promise.all(all.map((exchange, rank) => exchange.mean(found[rank]!, 1 - rank)));
    expect(found.map((each) => [...each])).toEqual([
      [3, 5],
      [3, 5],
    ]);
  });

  it('brings what each says, in order, with what JSON does not know', async () => {
    const all = exchanges(3);
    const said = [{ loss: NaN, sums: { a: -0 } }, undefined, [Infinity, 'ä'.repeat(10_000)]];
    for (let round = 0; round < 3; round++) {
      const heard = await Promise.all(all.map((exchange, rank) => exchange.gather(said[rank])));
      for (const each of heard) expect(each).toEqual(said);
    }
  });

  it('says who has not come: the first worker soon, the next one ten times as late', async () => {
    const [first, second] = exchanges(3, 0.5);
    const later = second!.gather('here');
    later.catch(() => undefined);
    await expect(first!.gather('here')).rejects.toThrow(/^silent: 2 for [01]$/);
    await expect(later).rejects.toThrow(/^silent: 2 for 6$/);
  });

  it('tells workers that are at different places', async () => {
    const [first, second] = exchanges(2);
    void second!.gather('a word').catch(() => undefined);
    await expect(first!.mean(new Float32Array(2), 1)).rejects.toThrow(
      'Worker 1 is at gather 0, not at mean 0.',
    );
    const [one, other] = exchanges(2);
    void other!.mean(new Float32Array(3), 1).catch(() => undefined);
    await expect(one!.mean(new Float32Array(2), 1)).rejects.toThrow('Worker 1 has 3 values and another 2.');
  });
});
