import { InvolveError, runFailed } from '../../util/errors.js';
import type { Program, ProgramValues } from '../record.js';
import { newTensor } from './native-tensor.js';
import type { PreparedRun } from './session.js';
import type { RecordedProgram } from './record-program.js';
import type { Slot, SlotTable } from './slots.js';

/** A recorded computation that runs as one call of the session, on a thread of its own. */
export class GraphProgram implements Program {
  readonly plan = undefined;
  readonly #run: PreparedRun;
  readonly #slots: readonly Slot[];
  readonly #written: ReadonlySet<Slot>;

  /** @param ended called when it is disposed of */
  constructor(
    private readonly table: SlotTable,
    private readonly recorded: RecordedProgram,
    private readonly batch: number,
    private readonly ended: (hasFailed: boolean) => void,
  ) {
    const { inputs, outputs, end, read, assigned } = recorded;
    const places = inputs.map(({ place }) => place);
    const sources = outputs.map(({ from }) => from);
    this.#run = table.session.prepare(places, sources, [end]);
    this.#written = new Set(assigned.map((variable) => table.slotOf(variable)));
    this.#slots = [...new Set([...read.map((variable) => table.slotOf(variable)), ...this.#written])];
  }

  #hasFailed = false;

  async run(values: ProgramValues): Promise<Record<string, Float32Array>> {
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
      const fetched = await this.#run.runAsync(tensors);
      return Object.fromEntries(
        this.recorded.outputs.map(({ name }, i) => [name, fetched[i] as Float32Array]),
      );
    } catch (error) {
      this.#hasFailed = true;
      throw isOutOfMemory(error) ? tooLarge(this.batch, error) : error;
    } finally {
      this.table.isBusy = false;
      for (const slot of this.#written) slot.changed();
    }
  }

  dispose(): void {
    this.#run.dispose();
    this.ended(this.#hasFailed);
  }
}

// --- internal ---

function isOutOfMemory(error: unknown): error is InvolveError {
  return error instanceof InvolveError && error.code === 'E_OUT_OF_MEMORY';
}

/** TensorFlow says what did not fit, not what would. */
function tooLarge(batch: number, error: InvolveError): InvolveError {
  const half = Math.floor(batch / 2);
  return runFailed('E_OUT_OF_MEMORY', {
    what: `a batch of ${batch} does not fit into the memory of the device: ${error.message}`,
    try:
      half > 0
        ? `train.batchSize ${half}, which needs about half of it, or smaller images (data.inputSize)`
        : 'smaller images (data.inputSize)',
  });
}
