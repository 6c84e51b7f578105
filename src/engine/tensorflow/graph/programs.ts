import { reducedAlone } from '../../all-reduce.js';
import type { Program, ProgramSpec } from '../../program/program.js';
import type { TensorflowBackend } from '../backend.js';
import { GraphProgram } from './program.js';
import { recordInto } from './record-program.js';
import { SlotTable } from './slots.js';

/** The recorded programs of a backend. Those that are alive share one session, and so the variables. */
export class Programs {
  #table: SlotTable | undefined;
  #alive = 0;
  #recorded = 0;

  /** @param config a serialised ConfigProto, for the session */
  constructor(
    private readonly backend: TensorflowBackend,
    private readonly config: Uint8Array,
  ) {}

  /**
   * Records a computation; the backend is tf.js's current one.
   * @throws InvolveError E_NOT_REPLAYABLE
   */
  record(spec: ProgramSpec): Program {
    const { backend, config } = this;
    const table = (this.#table ??= new SlotTable(backend, config));
    this.#alive += 1;
    try {
      const recorded = recordInto(backend, table, spec, `program_${this.#recorded++}`);
      return new GraphProgram(table, recorded, {
        batch: spec.batch,
        allReduce: spec.allReduce ?? reducedAlone,
        footprint: backend.footprint,
        ended: (hasFailed) => this.#release(hasFailed),
      });
    } catch (error) {
      this.#release(true);
      throw error;
    }
  }

  // --- internal ---

  #release(hasFailed: boolean): void {
    this.#alive -= 1;
    if (this.#alive > 0) return;
    this.#table?.close(hasFailed);
    this.#table = undefined;
  }
}
