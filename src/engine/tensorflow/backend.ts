import type { Footprint } from '../footprint.js';
import type { Program, ProgramSpec } from '../record.js';
import type { Binding } from './binding.js';
import type { NodeBackend, NodeBackendClass } from './node-kernels.js';
import { GraphProgram } from './program.js';
import { recordInto } from './record-program.js';
import { SlotTable } from './slots.js';

/** tfjs-node's backend with what the engine adds to it. */
export interface TensorflowBackend extends NodeBackend {
  /** Whether steps are to be recorded and replayed. */
  replays: boolean;
  /** What there is of memory, and what a process holds beside steps. */
  footprint: Footprint;
  /** Whether steps run in the order in which they are recorded, fitting or not. */
  readonly runsInOrder: boolean;
  recordProgram(spec: ProgramSpec): Program;
}

/**
 * Makes the backend: tfjs-node's own class over our binding.
 * @param config a serialised ConfigProto, for the sessions of recorded programs
 */
export function createBackend(
  Base: NodeBackendClass,
  binding: Binding,
  config: Uint8Array,
  { footprint, runsInOrder }: Pick<TensorflowBackend, 'footprint' | 'runsInOrder'>,
): TensorflowBackend {
  class Backend extends Base implements TensorflowBackend {
    replays = false;
    footprint = footprint;
    readonly runsInOrder = runsInOrder;
    /** One for all programs that are alive, so that they share the variables. */
    #table: SlotTable | undefined;
    #programs = 0;
    #recorded = 0;

    recordProgram(spec: ProgramSpec): Program {
      const table = (this.#table ??= new SlotTable(this, config));
      this.#programs += 1;
      try {
        const recorded = recordInto(this, table, spec, `program_${this.#recorded++}`);
        return new GraphProgram(table, recorded, {
          ...{ batch: spec.batch, footprint: this.footprint },
          ended: (hasFailed) => this.#release(hasFailed),
        });
      } catch (error) {
        this.#release(true);
        throw error;
      }
    }

    #release(hasFailed: boolean): void {
      this.#programs -= 1;
      if (this.#programs > 0) return;
      this.#table?.close(hasFailed);
      this.#table = undefined;
    }
  }
  return new Backend(binding, '@tensorflow/tfjs-node-gpu');
}
