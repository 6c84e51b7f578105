import type { Variable } from '../../tf-core.js';
import { attr, named } from '../attributes.js';
import type { TensorflowBackend } from '../backend.js';
import { typeNumber } from '../c-api/data-types.js';
import type { EagerTensor } from '../eager.js';
import { Graph, type GraphNode } from './graph.js';
import type { HeldTensor } from '../held-tensor.js';
import { HostTensor } from '../host-tensor.js';
import { newTensor } from '../c-api/native-tensor.js';
import { Session, type PreparedRun } from './session.js';

/**
 * The variables of recorded programs. Each has a slot: a resource of the session that holds its values on the device
 * from step to step. As long as a tf.js variable's tensor is its slot, whoever reads it (checkpoints, eager
 * operations) gets the values fetched; a variable that was assigned elsewhere is uploaded before the next program.
 */
export class SlotTable {
  readonly graph: Graph;
  readonly session: Session;
  /** Whether a program is running. */
  isBusy = false;
  readonly #slots = new Map<Variable, Slot>();
  readonly #uploads = new Map<string, PreparedRun>();
  #download: { readonly run: PreparedRun; readonly slots: readonly Slot[] } | undefined;

  constructor(
    private readonly backend: TensorflowBackend,
    config: Uint8Array,
  ) {
    this.graph = new Graph(backend.binding.eager.api);
    this.session = new Session(this.graph, config);
  }

  /** The slot of a variable, made when it is first asked for. */
  slotOf(variable: Variable): Slot {
    let slot = this.#slots.get(variable);
    if (slot === undefined) {
      slot = new Slot(this, variable, this.#slots.size);
      this.#slots.set(variable, slot);
    }
    return slot;
  }

  /**
   * Sees to it that each of these slots is its variable, with its values on the device, and that nobody else holds
   * the tensors of those that are going to be `written`: what shares them gets a copy.
   */
  bind(slots: readonly Slot[], written: ReadonlySet<Slot>): void {
    const stale: Slot[] = [];
    for (const slot of slots) {
      const { refCount, id } = this.backend.tensorMap.get(slot.variable.dataId);
      const isBound = id >= 0 && this.backend.binding.heldAt(id) === slot;
      if (isBound && (refCount === 1 || !written.has(slot))) continue;
      if (isBound) this.#own(slot);
      else stale.push(slot);
    }
    if (stale.length > 0) this.#upload(stale);
  }

  /** Fetches the values of all slots that have some, unless that was done since they last changed. */
  download(): void {
    const slots = [...this.#slots.values()].filter((slot) => slot.hasValues);
    if (slots.every((slot) => slot.fetched !== undefined)) return;
    if (this.#download?.slots.length !== slots.length) {
      this.#download?.run.dispose();
      const reads = slots.map((slot) => slot.read.outputs[0]);
      this.#download = { run: this.session.prepare([], reads, []), slots };
    }
    const values = this.#download.run.run([]);
    this.#download.slots.forEach((slot, i) => (slot.fetched = values[i] as NodeJS.TypedArray));
  }

  /**
   * Ends the session; variables keep their values.
   * @param hasFailed whether a run has failed, so that values may be lost; what it threw says more
   */
  close(hasFailed = false): void {
    try {
      this.download();
    } catch (error) {
      if (!hasFailed) throw error;
    }
    for (const slot of this.#slots.values()) slot.release();
    for (const run of this.#uploads.values()) run.dispose();
    this.#download?.run.dispose();
    this.session.close();
    this.graph.dispose();
  }

  // --- internal ---

  /** Gives a variable whose tensor others hold as well a tensor of its own; the others keep the values. */
  #own(slot: Slot): void {
    slot.release();
    this.#makeTensorOf(slot);
  }

  /** Makes a slot its variable's tensor, a new one. */
  #makeTensorOf(slot: Slot): void {
    const metadata = this.backend.binding.metadata(slot);
    const fresh = this.backend.createOutputTensor(metadata);
    slot.id = metadata.id;
    slot.variable.assign(fresh);
    fresh.dispose();
  }

  #upload(slots: readonly Slot[]): void {
    const { api } = this.graph;
    // All values first: one slot's new values may be what another slot holds until now.
    const values = slots.map(({ variable }) => this.backend.readSync(variable.dataId) as NodeJS.TypedArray);
    // Likewise what was in these slots, where somebody holds it still.
    for (const slot of slots) slot.release();
    const key = slots.map(({ index }) => index).join();
    let run = this.#uploads.get(key);
    if (run === undefined) {
      const places = slots.map((slot) => slot.given.outputs[0]);
      run = this.session.prepare(
        places,
        [],
        slots.map((slot) => slot.set),
      );
      this.#uploads.set(key, run);
    }
    run.run(slots.map(({ shape, type }, i) => newTensor(api, shape, type, values[i])));
    slots.forEach((slot, i) => {
      slot.hasValues = true;
      slot.fetched = values[i];
      this.#takeOver(slot);
    });
  }

  /** Makes a slot with the values of its variable the variable's tensor. */
  #takeOver(slot: Slot): void {
    const { binding, tensorMap } = this.backend;
    const data = tensorMap.get(slot.variable.dataId);
    if (data.refCount > 1) return this.#makeTensorOf(slot);
    if (data.id >= 0) {
      binding.heldAt(data.id).dispose();
      binding.replace(data.id, slot);
    } else {
      data.id = binding.hold(slot);
      data.values = null;
    }
    slot.id = data.id;
  }

  /** Puts a tensor of its own with a slot's present values where others hold the slot. */
  detach(slot: Slot): void {
    if (slot.id === undefined || !slot.hasValues) return;
    const { binding } = this.backend;
    binding.replace(slot.id, new HostTensor(binding.eager, slot.shape, slot.type, slot.values()));
    slot.id = undefined;
  }

  onDevice(slot: Slot): EagerTensor {
    return this.backend.binding.eager.createTensor(slot.shape, slot.type, slot.values());
  }
}

/** A variable's place on the device. */
export class Slot implements HeldTensor {
  readonly shape: readonly number[];
  readonly type: number;
  /** The binding's number for it, while a tensor of tf.js is this slot. */
  id: number | undefined;
  hasValues = false;
  /** Its values on the host, until they change. */
  fetched: NodeJS.TypedArray | undefined;
  /** The resource; a placeholder for new values and the node that sets them; the node that reads them. */
  readonly resource: GraphNode;
  readonly given: GraphNode;
  readonly set: GraphNode;
  readonly read: GraphNode;
  #eager: EagerTensor | undefined;

  constructor(
    private readonly table: SlotTable,
    readonly variable: Variable,
    readonly index: number,
  ) {
    this.shape = variable.shape;
    this.type = typeNumber(variable.dtype);
    const { graph } = table;
    const name = `variable_${index}`;
    const dtype = attr.type(this.type);
    this.resource = resourceNode(graph, name, this.shape, this.type);
    const attributes = named({ dtype, shape: attr.shape(this.shape) });
    this.given = graph.add({ op: 'Placeholder', name: `${name}/given`, attributes });
    this.set = graph.add({
      ...{ op: 'AssignVariableOp', name: `${name}/set`, attributes: named({ dtype }) },
      inputs: [this.resource.outputs[0], this.given.outputs[0]],
    });
    this.read = graph.add({
      ...{ op: 'ReadVariableOp', name: `${name}/read`, attributes: named({ dtype }) },
      inputs: [this.resource.outputs[0]],
    });
  }

  values(): NodeJS.TypedArray {
    if (this.fetched === undefined) this.table.download();
    return this.fetched!.slice() as NodeJS.TypedArray;
  }

  handle(): number {
    this.#eager ??= this.table.onDevice(this);
    return this.#eager.handle();
  }

  /** Its values have changed on the device. */
  changed(): void {
    this.fetched = undefined;
    this.#forgetEager();
  }

  /** Stops being any tensor: who holds one gets the values. */
  release(): void {
    this.table.detach(this);
    this.#forgetEager();
  }

  /** The last tensor that was this slot is gone. */
  dispose(): void {
    this.id = undefined;
    this.#forgetEager();
  }

  #forgetEager(): void {
    this.#eager?.dispose();
    this.#eager = undefined;
  }
}

/** A node with the handle of a resource variable. */
export function resourceNode(graph: Graph, name: string, shape: readonly number[], type: number): GraphNode {
  const attributes = named({
    ...{ dtype: attr.type(type), shape: attr.shape(shape) },
    ...{ shared_name: attr.text(name), container: attr.text('') },
  });
  return graph.add({ op: 'VarHandleOp', name, attributes });
}
