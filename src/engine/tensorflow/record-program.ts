import { engine, keep, tensor, tidy, type Tensor, type Variable } from '../tf-core.js';
import { runFailed } from '../../util/errors.js';
import { memoryNeed } from '../footprint.js';
import type { ProgramPlan, ProgramSpec } from '../record.js';
import { attr, named } from './attributes.js';
import type { TensorflowBackend } from './backend.js';
import { TF, bytesOf, typeNumber } from './data-types.js';
import { Graph, type GraphNode, type NodeOutput } from './graph.js';
import type { HeldTensor } from './held-tensor.js';
import { Recorder, firstDifference, type SymbolicTensor } from './recorder.js';
import { resourceNode, type SlotTable } from './slots.js';
import { executionOrder, mostBytesAlive } from './step-memory.js';

/**
 * Measured on networks of all families, of stock and of custom operations: what a step takes beside the tensors that
 * are alive at one time, for scratch memory of kernels and where TensorFlow's order is another one.
 */
const OVERHEAD = 1.18;

/** A computation as a part of a graph. */
export interface RecordedProgram {
  readonly inputs: readonly { readonly name: string; readonly place: NodeOutput }[];
  readonly outputs: readonly { readonly name: string; readonly from: NodeOutput }[];
  /** Runs after everything that the program assigns. */
  readonly end: GraphNode;
  readonly read: readonly Variable[];
  readonly assigned: readonly Variable[];
  readonly recorder: Recorder;
}

/** A recorded computation and the memory it needs. */
export interface PlannedProgram extends RecordedProgram {
  readonly plan: ProgramPlan;
  /** Bytes of the variables it works on. */
  readonly stateBytes: number;
}

/**
 * Records a computation as nodes of the table's graph, and once more on the side; the two must be the same node by
 * node. Nothing is computed and no variable changes.
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
  let first: RecordedProgram;
  try {
    first = record(backend, trial, scope, spec, placeOnTheSide, false);
  } finally {
    trial.dispose();
  }
  const stateBytes = [...places.keys()].reduce(
    (sum, { size, dtype }) => sum + size * bytesOf(typeNumber(dtype)),
    0,
  );
  const plan = planMemory(first, backend, stateBytes, spec.batch);
  const slotOf = (variable: Variable): GraphNode => table.slotOf(variable).resource;
  const recorded = record(backend, table.graph, scope, spec, slotOf, plan.inOrder);
  const difference = firstDifference(first.recorder.log, recorded.recorder.log);
  if (difference !== undefined) {
    throw runFailed('E_NOT_REPLAYABLE', {
      what: `the step is not the same every time, so it cannot be replayed: ${difference}`,
      try: '--set engine.mode=eager',
    });
  }
  return { ...recorded, plan, stateBytes };
}

// --- internal ---

function planMemory(
  { recorder: { nodes }, outputs }: RecordedProgram,
  { footprint, runsInOrder }: TensorflowBackend,
  stateBytes: number,
  batch: number,
): ProgramPlan {
  const kept = outputs.map(({ from }) => from);
  const leastBytes = mostBytesAlive(nodes, kept);
  const inOrder = { plannedBytes: Math.round(OVERHEAD * leastBytes), leastBytes, inOrder: true };
  const rest = { calls: nodes.length, fallbacks: {}, recomputes: false };
  if (runsInOrder) return { ...inOrder, ...rest };
  const plannedBytes = Math.round(OVERHEAD * mostBytesAlive(executionOrder(nodes), kept));
  const plan = { plannedBytes, leastBytes, inOrder: false, ...rest };
  const fits = memoryNeed(footprint, plan, stateBytes, batch).largestBatch === batch;
  return fits || plannedBytes < inOrder.plannedBytes ? plan : { ...inOrder, ...rest };
}

function record(
  backend: TensorflowBackend,
  graph: Graph,
  scope: string,
  spec: ProgramSpec,
  handleOf: (variable: Variable) => GraphNode,
  inOrder: boolean,
): RecordedProgram {
  const { binding } = backend;
  const variables = variablesOf(backend);
  for (const variable of variables) ownTensor(backend, variable);
  const held = new Map<HeldTensor, Variable>();
  for (const variable of variables) held.set(heldOf(backend, variable), variable);
  const before = new Map(variables.map((variable) => [variable, keep(variable.clone())]));
  const places = { variableOf: (tensor: HeldTensor) => held.get(tensor), handleOf };
  const recorder = new Recorder(graph, scope, binding.eager, places, inOrder);
  binding.executor = recorder;
  try {
    let recorded: RecordedProgram;
    tidy(() => void (recorded = recordPhases(backend, recorder, spec, variables)));
    return recorded!;
  } finally {
    binding.executor = binding.eager;
    // The state is as it was: the recording only pretended to assign.
    for (const [variable, value] of before) {
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
  }
}

function recordPhases(
  backend: TensorflowBackend,
  recorder: Recorder,
  { inputs: wanted, phases, condition }: ProgramSpec,
  variables: readonly Variable[],
): RecordedProgram {
  const inputs = Object.entries(wanted).map(([name, { shape, dtype }]) => ({
    name,
    place: recorder.placeholder(name, shape, typeNumber(dtype)),
  }));
  const given = Object.fromEntries(inputs.map(({ name, place }) => [name, tensorOf(backend, place)]));
  const current = new Map(variables.map((variable) => [variable, variable.dataId]));
  const outputs: { name: string; from: NodeOutput }[] = [];
  const assigned = new Set<Variable>();
  const ends: GraphNode[] = [];
  let gate: readonly GraphNode[] = [];
  phases.forEach((phase, index) => {
    const results = Object.entries(phase(given)).map(([name, result]) => ({
      name,
      from: recorder.outputOf(heldOf(backend, result)),
    }));
    outputs.push(...results);
    for (const variable of variables) {
      if (variable.dataId === current.get(variable)) continue;
      current.set(variable, variable.dataId);
      assigned.add(variable);
      const value = recorder.outputOf(heldOf(backend, variable));
      ends.push(recorder.assign(variable, value, gate));
    }
    const checked = results.find(({ name }) => name === condition);
    if (index === 0 && checked !== undefined && phases.length > 1) gate = [gateOn(recorder, checked.from)];
  });
  if (variablesOf(backend).length !== variables.length) {
    throw runFailed('E_NOT_REPLAYABLE', {
      what: 'the model makes a variable within a step',
      try: '--set engine.mode=eager',
    });
  }
  const end = recorder.add('NoOp', [], [], ends);
  return {
    ...{ outputs, end, recorder, read: [...recorder.reads.keys()], assigned: [...assigned] },
    inputs: inputs.map(({ name, place }) => ({ name, place: place.output })),
  };
}

/**
 * A node that is dead unless all values are finite, and with it every node that has to come after it: that is how
 * TensorFlow's executor treats what follows the branch of a Switch that was not taken.
 */
function gateOn(recorder: Recorder, values: NodeOutput): GraphNode {
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

function tensorOf(backend: TensorflowBackend, held: SymbolicTensor): Tensor {
  return backend.createOutputTensor(backend.binding.metadata(held));
}

/** What stands behind a tensor; values that waited on the host for their first use are put there now. */
function heldOf(backend: TensorflowBackend, tensor: Tensor): HeldTensor {
  const [id] = backend.getInputTensorIds([tensor]);
  return backend.binding.heldAt(id);
}

function variablesOf(backend: TensorflowBackend): Variable[] {
  return Object.values(engine().registeredVariables).filter(({ dataId }) => backend.tensorMap.has(dataId));
}

/** Two variables can begin with the same tensor; the graph has to know which one is read. */
function ownTensor(backend: TensorflowBackend, variable: Variable): void {
  if (backend.refCount(variable.dataId) === 1) return;
  const copy = tensor(variable.dataSync<'float32'>(), variable.shape, variable.dtype as 'float32');
  variable.assign(copy);
  copy.dispose();
}
