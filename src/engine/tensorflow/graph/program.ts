import { InvolveError, runFailed } from '../../../util/errors.js';
import { gigabytes } from '../../../util/gigabytes.js';
import { memoryNeed, smallerBatch, type Footprint } from '../../footprint.js';
import type { AllReduce } from '../../all-reduce.js';
import type { Program, ProgramPlan, ProgramValues } from '../../program/program.js';
import { newTensor } from '../c-api/native-tensor.js';
import { preparedStages, type PreparedStages } from './stages.js';
import type { PlannedProgram } from './record-program.js';
import type { Slot, SlotTable } from './slots.js';

/** What a program is told of its surroundings. */
export interface ProgramContext {
  /** Images of a batch. */
  readonly batch: number;
  readonly allReduce: AllReduce;
  readonly footprint: Footprint;
  /** Called when it is disposed of. */
  ended(hasFailed: boolean): void;
}

/** A recorded computation that runs as one call of the session, on a thread of its own. */
export class GraphProgram implements Program {
  readonly plan: ProgramPlan;
  readonly #run: PreparedStages;
  readonly #slots: readonly Slot[];
  readonly #written: ReadonlySet<Slot>;

  constructor(
    private readonly table: SlotTable,
    private readonly recorded: PlannedProgram,
    private readonly context: ProgramContext,
  ) {
    this.plan = recorded.plan;
    const { read, assigned } = recorded;
    this.#run = preparedStages(table, recorded, context.allReduce);
    this.#written = new Set(assigned.map((variable) => table.slotOf(variable)));
    this.#slots = [...new Set([...read.map((variable) => table.slotOf(variable)), ...this.#written])];
  }

  #hasFailed = false;

  async run(
    values: ProgramValues,
    into: Readonly<Record<string, Float32Array>> = {},
  ): Promise<Record<string, Float32Array>> {
    if (this.table.isBusy) throw new Error('Another program is running.');
    this.table.bind(this.#slots, this.#written);
    const tensors = this.recorded.inputs.map(({ name, place }) => {
      const given = values[name];
      const length = place.shape.reduce((product, one) => product * one, 1);
      if (given.length !== length) throw new Error(`${name} has ${given.length} values, not ${length}.`);
      return newTensor(this.table.graph.api, place.shape, place.type, given);
    });
    this.table.isBusy = true;
    try {
      const { outputs, condition } = this.recorded;
      const fetched = await this.#run.run(
        tensors,
        outputs.map(({ name }) => into[name]),
      );
      const results = Object.fromEntries(outputs.map(({ name }, i) => [name, fetched[i] as Float32Array]));
      const checked = condition === undefined ? undefined : results[condition];
      if (checked === undefined || checked.every(Number.isFinite)) return results;
      // The later phases computed, and had no effect.
      return Object.fromEntries(
        outputs.filter(({ phase }) => phase === 0).map(({ name }) => [name, results[name]]),
      );
    } catch (error) {
      this.#hasFailed = true;
      throw isOutOfMemory(error) ? tooLarge(this.recorded, this.context, error) : error;
    } finally {
      this.table.isBusy = false;
      for (const slot of this.#written) slot.changed();
    }
  }

  dispose(): void {
    this.#run.dispose();
    this.context.ended(this.#hasFailed);
  }
}

// --- internal ---

function isOutOfMemory(error: unknown): error is InvolveError {
  return error instanceof InvolveError && error.code === 'E_OUT_OF_MEMORY';
}

/** TensorFlow says what did not fit; the plan, how much that was and what would. */
function tooLarge(
  { plan, stateBytes }: PlannedProgram,
  { batch, footprint }: ProgramContext,
  error: InvolveError,
): InvolveError {
  const { bytes, largestBatch } = memoryNeed(footprint, plan, stateBytes, batch);
  // Where it should have fitted, something else holds memory, and nobody knows how much.
  const fits = largestBatch < batch ? largestBatch : Math.floor(batch / 2);
  return runFailed('E_OUT_OF_MEMORY', {
    what:
      `a batch of ${batch}, which needs about ${gigabytes(bytes)}, does not fit into the memory of the device ` +
      `(${gigabytes(footprint.limitBytes)}): ${error.message}`,
    try: smallerBatch(fits),
  });
}
