import type { StateTensor, TrainingState } from '../state.js';

/** What a state holds besides a model's weights and moving statistics. */
const BESIDE = /^(optimizer|ema)\//;

/**
 * The mean of the weights that some epochs are judged by, which are their moving averages where they have some
 * (stochastic weight averaging, Izmailov et al. 2018, of the epochs that validation chose). Moving statistics are
 * averaged too, which is not what they would be under the mean weights.
 *
 * @param states one at a time, so that no two have to be in memory; of one model
 * @returns weights and statistics under their names; undefined of no state
 */
export async function averageEpochs(
  states: AsyncIterable<Pick<TrainingState, 'tensors'>>,
): Promise<ReadonlyMap<string, StateTensor> | undefined> {
  const sums = new Map<string, { readonly shape: readonly number[]; readonly sum: Float64Array }>();
  let count = 0;
  for await (const { tensors } of states) {
    count++;
    for (const [name, { shape, data: own }] of tensors) {
      if (BESIDE.test(name)) continue;
      const data = tensors.get(`ema/${name}`)?.data ?? own;
      const { sum } = sums.get(name) ?? { sum: new Float64Array(data.length) };
      for (let i = 0; i < data.length; i++) sum[i] += data[i]!;
      sums.set(name, { shape, sum });
    }
  }
  if (count === 0) return undefined;
  return new Map(
    [...sums].map(([name, { shape, sum }]) => [
      name,
      { shape, data: Float32Array.from(sum, (total) => total / count) },
    ]),
  );
}
