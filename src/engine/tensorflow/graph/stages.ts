import type { AllReduce } from '../../all-reduce.js';
import { newTensor } from '../c-api/native-tensor.js';
import type { PlannedProgram } from './record-program.js';
import type { SlotTable } from './slots.js';

/** A program made ready to run: in one call of the session, or cut where workers meet. */
export interface PreparedStages {
  /**
   * @param tensors a TF_Tensor an input, deleted here when the run is over
   * @param into where outputs are put, by their place; what has none comes in a new array
   */
  run(
    tensors: readonly number[],
    into: readonly (Float32Array | undefined)[],
  ): Promise<readonly (NodeJS.TypedArray | Uint8Array[])[]>;
  dispose(): void;
}

/** What a planned program runs by. */
export function preparedStages(
  { session, graph }: Pick<SlotTable, 'session' | 'graph'>,
  { inputs, outputs, meetings, end }: PlannedProgram,
  allReduce: AllReduce,
): PreparedStages {
  const places = inputs.map(({ place }) => place);
  const sources = outputs.map(({ from }) => from);
  if (meetings.length === 0) {
    const run = session.prepare(places, sources, [end]);
    return { run: (tensors, into) => run.runAsync(tensors, into), dispose: () => run.dispose() };
  }
  // The recorded order is one in which everything is there in time, and the same for all workers.
  const stages = [places, ...meetings.map(({ to }) => to)].map((feeds, i) => ({
    feeds,
    fetches: meetings[i]?.from ?? sources,
  }));
  const run = session.preparePartial(stages, end);
  return {
    run: async (tensors, into) => {
      const outputs = await run.run(tensors, async (stage, [a, b]) => {
        const { reduction, places, to } = meetings[stage - 1];
        const values = [a as Float32Array, b as Float32Array] as const;
        const results = await allReduce(reduction, { places, values });
        return to.map(({ shape, type }, i) => newTensor(graph.api, shape, type, results[i]));
      });
      return outputs.map((values, i) => {
        into[i]?.set(values as Float32Array);
        return into[i] ?? values;
      });
    },
    dispose: () => run.dispose(),
  };
}
