import type { Tensor, Variable } from '../../tf-core.js';
import { memoryNeed } from '../../footprint.js';
import type { CallList } from '../../program/calls.js';
import { refuseDifference, type Wording } from '../../program/compare-recordings.js';
import type { ProgramInput, ProgramPlan, ProgramSpec } from '../../program/program.js';
import { record, type Recorder, type Recording, type RecordingEngine } from '../../program/record.js';
import { executionOrder, mostBytesAlive } from '../../program/step-memory.js';
import { attr, named } from '../attributes.js';
import type { TensorflowBackend } from '../backend.js';
import { TF, bytesOf, typeNumber } from '../c-api/data-types.js';
import { Graph, type GraphNode, type NodeOutput } from './graph.js';
import type { HeldTensor } from '../held-tensor.js';
import { GraphRecorder, type Meeting, type NodeCall, type VariablePlaces } from './recorder.js';
import { resourceNode, type SlotTable } from './slots.js';

/**
 * Measured on networks of all families, of stock and of custom operations: what a step takes beside the tensors that
 * are alive at one time, for scratch memory of kernels and where TensorFlow's order is another one.
 */
const OVERHEAD = 1.18;

/** A computation as a part of a graph, and the memory it needs. */
export interface PlannedProgram {
  readonly inputs: readonly { readonly name: string; readonly place: NodeOutput }[];
  readonly outputs: readonly { readonly name: string; readonly from: NodeOutput; readonly phase: number }[];
  /** The output of the first phase without whose finite values the later ones change nothing. */
  readonly condition: string | undefined;
  /** Where it waits for other workers, in order. */
  readonly meetings: readonly Meeting[];
  /** Runs after everything that the program assigns. */
  readonly end: GraphNode;
  readonly read: readonly Variable[];
  readonly assigned: readonly Variable[];
  readonly plan: ProgramPlan;
  /** Bytes of the variables it works on. */
  readonly stateBytes: number;
}

/**
 * Records a computation as nodes of the table's graph, and once more on the side; the two must be the same node by
 * node. Nothing is computed and no variable changes. The backend is tf.js's current one.
 * @param scope begins the names of the nodes
 * @throws InvolveError E_NOT_REPLAYABLE
 */
export function recordInto(
  backend: TensorflowBackend,
  table: SlotTable,
  spec: ProgramSpec,
  scope: string,
): PlannedProgram {
  const trial = new Graph(table.graph.api);
  const places = new Map<Variable, GraphNode>();
  const placeOnTheSide = (variable: Variable): GraphNode => {
    let place = places.get(variable);
    if (place === undefined) {
      const type = typeNumber(variable.dtype);
      place = resourceNode(trial, `variable_${places.size}`, variable.shape, type);
      places.set(variable, place);
    }
    return place;
  };
  const recordIn = (place: RecordingPlace) =>
    record<NodeCall, PhaseRecorder>(new TensorflowRecording(backend, spec, place), spec);
  let first: Recording<NodeCall>;
  try {
    first = recordIn({ graph: trial, scope, handleOf: placeOnTheSide, inOrder: false }).recording;
  } finally {
    trial.dispose();
  }
  const stateBytes = [...places.keys()].reduce(
    (sum, { size, dtype }) => sum + size * bytesOf(typeNumber(dtype)),
    0,
  );
  const plan = planMemory(first.list, backend, stateBytes, spec.batch);
  const { recording, recorder } = recordIn({
    graph: table.graph,
    scope,
    handleOf: (variable) => table.slotOf(variable).resource,
    inOrder: plan.inOrder,
  });
  refuseDifference(first, recording, WORDING);
  const { outputs, reads, meetings } = recorder.graph;
  const assignments = recording.list.phases.flatMap((phase) => phase.assignments);
  return {
    inputs: recording.inputs.map(({ name, buffer }) => ({ name, place: outputs[buffer] })),
    outputs: recording.outputs.flatMap((ports, phase) =>
      ports.map(({ name, buffer }) => ({ name, from: recorder.graph.fetchable(outputs[buffer]), phase })),
    ),
    condition: spec.condition,
    meetings,
    end: recorder.end!,
    read: [...reads.keys()],
    assigned: [...new Set(assignments.map(({ variable }) => variable))],
    plan,
    stateBytes,
  };
}

// --- internal ---

/** Where a recording goes, and how its nodes are to run. */
interface RecordingPlace {
  readonly graph: Graph;
  /** Begins the names of the nodes. */
  readonly scope: string;
  /** The node with a variable's resource handle. */
  handleOf(variable: Variable): GraphNode;
  /** Whether nodes are to run nearly in the order in which they are recorded. */
  readonly inOrder: boolean;
}

const WORDING: Wording<NodeCall> = {
  noun: 'operation',
  difference: (a, b) => (a.text === b?.text ? undefined : `${a.text}, then ${b?.text ?? 'nothing'}`),
};

function planMemory(
  list: CallList<NodeCall>,
  { footprint, runsInOrder }: TensorflowBackend,
  stateBytes: number,
  batch: number,
): ProgramPlan {
  const leastBytes = mostBytesAlive(list);
  const planOf = (plannedBytes: number, inOrder: boolean): ProgramPlan => ({
    plannedBytes,
    leastBytes,
    recomputes: false,
    inOrder,
    calls: list.calls.length,
    fallbacks: {},
  });
  const inOrder = planOf(Math.round(OVERHEAD * leastBytes), true);
  if (runsInOrder) return inOrder;
  const most = mostBytesAlive({ ...list, calls: executionOrder(list.calls) });
  const plan = planOf(Math.round(OVERHEAD * most), false);
  const fits = memoryNeed(footprint, plan, stateBytes, batch).largestBatch === batch;
  return fits || plan.plannedBytes < inOrder.plannedBytes ? plan : inOrder;
}

/** Sends operations to the recorder of a graph, and adds what assigns at the end of each phase. */
class PhaseRecorder implements Recorder<NodeCall> {
  /** The last node of the program. */
  end: GraphNode | undefined;
  /** What assignments wait for. */
  #gate: readonly GraphNode[] = [];
  readonly #assigning: GraphNode[] = [];
  #ended = 0;

  constructor(
    private readonly backend: TensorflowBackend,
    readonly graph: GraphRecorder,
    private readonly spec: ProgramSpec,
  ) {}

  get buffers() {
    return this.graph.buffers;
  }

  get calls() {
    return this.graph.calls;
  }

  input(name: string, { shape, dtype }: ProgramInput): Tensor {
    const { backend, graph } = this;
    const held = graph.placeholder(name, shape, typeNumber(dtype));
    return backend.createOutputTensor(backend.binding.metadata(held));
  }

  bufferOf(tensor: Tensor): number {
    return this.graph.bufferOf(heldOf(this.backend, tensor));
  }

  assign(variable: Variable, value: number): void {
    const { graph } = this;
    this.#assigning.push(graph.assign(variable, graph.outputs[value], this.#gate));
  }

  endPhase(outputs: ReadonlyMap<string, number>): void {
    const { graph, spec } = this;
    const { condition, phases } = spec;
    this.#ended += 1;
    const checked = condition === undefined ? undefined : outputs.get(condition);
    if (this.#ended === 1 && checked !== undefined && phases.length > 1)
      this.#gate = [gateOn(graph, graph.outputs[checked])];
    if (this.#ended === phases.length) this.end = graph.add('NoOp', [], [], this.#assigning);
  }
}

class TensorflowRecording implements RecordingEngine<PhaseRecorder> {
  constructor(
    readonly backend: TensorflowBackend,
    private readonly spec: ProgramSpec,
    private readonly place: RecordingPlace,
  ) {}

  holds({ dataId }: Variable): boolean {
    return this.backend.tensorMap.has(dataId);
  }

  begin(variables: readonly Variable[]): PhaseRecorder {
    const { backend, place, spec } = this;
    const held = new Map(variables.map((variable) => [heldOf(backend, variable), variable]));
    const places: VariablePlaces = {
      variableOf: (tensor) => held.get(tensor),
      handleOf: (variable) => place.handleOf(variable),
    };
    const { eager } = backend.binding;
    const recorder = new GraphRecorder(place.graph, place.scope, eager, places, place.inOrder);
    return new PhaseRecorder(backend, recorder, spec);
  }

  during(recorder: PhaseRecorder, work: () => void): void {
    const { binding } = this.backend;
    binding.executor = recorder.graph;
    try {
      work();
    } finally {
      binding.executor = binding.eager;
    }
  }
}

/**
 * A node that is dead unless all values are finite, and with it every node that has to come after it: that is how
 * TensorFlow's executor treats what follows the branch of a Switch that was not taken.
 */
function gateOn(recorder: GraphRecorder, values: NodeOutput): GraphNode {
  const axes = Int32Array.from(values.shape, (_, axis) => axis);
  const [areFinite] = recorder.add('IsFinite', named({ T: attr.type(values.type) }), [values]).outputs;
  const [isGood] = recorder.add('All', named({ keep_dims: attr.bool(false), Tidx: attr.type('int32') }), [
    areFinite,
    recorder.constant([axes.length], TF.int32, axes),
  ]).outputs;
  const bool = named({ T: attr.type('bool') });
  const [, whenTrue] = recorder.add('Switch', bool, [isGood, isGood]).outputs;
  return recorder.add('Identity', bool, [whenTrue]);
}

/** What stands behind a tensor; values that waited on the host for their first use are put there now. */
function heldOf(backend: TensorflowBackend, tensor: Tensor): HeldTensor {
  const [id] = backend.getInputTensorIds([tensor]);
  return backend.binding.heldAt(id);
}
