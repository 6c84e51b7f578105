import {
  engine as tfjs,
  keep,
  tidy,
  util,
  type KernelBackend,
  type Tensor,
  type Variable,
} from '../tf-core.js';
import type { CallList, ProgramBuffer, ProgramCall, RecordedPhase } from './calls.js';
import { notReplayable } from './not-replayable.js';
import type { ProgramInput, ProgramSpec } from './program.js';

/** Takes down what an engine's kernels do, in the place of computing. */
export interface Recorder<C extends ProgramCall> {
  readonly buffers: readonly ProgramBuffer[];
  /** So far. */
  readonly calls: readonly C[];
  /** A tensor that is given before each run. */
  input(name: string, input: ProgramInput): Tensor;
  /** The buffer with a tensor's values, whole. */
  bufferOf(tensor: Tensor): number;
  /** At the end of a phase a variable has another value. */
  assign(variable: Variable, value: number): void;
  /** A phase has ended, its variables assigned. */
  endPhase?(outputs: ReadonlyMap<string, number>): void;
}

/** What an engine supplies for computations to be recorded on it. */
export interface RecordingEngine<R> {
  readonly backend: KernelBackend;
  /** Whether a variable's values lie on this engine. */
  holds(variable: Variable): boolean;
  /** @param variables all that there are, each with memory of its own */
  begin(variables: readonly Variable[]): R;
  /** Does `work` with the kernels' calls going to `recorder`. */
  during(recorder: R, work: () => void): void;
}

/** An input of a recorded program. */
export interface InputPort extends ProgramInput {
  readonly name: string;
  readonly buffer: number;
  /** How many values it has. */
  readonly length: number;
}

/** What a phase of a recorded program returns. */
export type OutputPort = Pick<InputPort, 'name' | 'buffer' | 'length'>;

export interface Recording<C extends ProgramCall = ProgramCall> {
  readonly list: CallList<C>;
  readonly inputs: readonly InputPort[];
  /** By phase. */
  readonly outputs: readonly (readonly OutputPort[])[];
}

/**
 * Runs a computation by its shapes alone, with all calls written down. The engine is tf.js's current backend.
 * Nothing is computed and no variable changes.
 * @throws InvolveError E_NOT_REPLAYABLE where it looks at values or makes a variable
 */
export function record<C extends ProgramCall, R extends Recorder<C>>(
  engine: RecordingEngine<R>,
  spec: ProgramSpec,
): { readonly recording: Recording<C>; readonly recorder: R } {
  const variables = variablesOn(engine);
  for (const variable of variables) ownValues(variable, engine.backend);
  const recorder = engine.begin(variables);
  const before = new Map(variables.map((variable) => [variable, keep(variable.clone())]));
  try {
    let recording: Recording<C>;
    engine.during(recorder, () => {
      tidy(() => void (recording = recordPhases<C>(recorder, spec, variables)));
      if (variablesOn(engine).length !== variables.length)
        throw notReplayable('the model makes a variable within a step');
    });
    return { recording: recording!, recorder };
  } finally {
    // The state is as it was: the recording only pretended to assign.
    for (const [variable, value] of before) {
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
  }
}

/**
 * Gives a variable memory of its own where it shares it with another tensor (tf.js copies nothing when a variable
 * is made or assigned): a program has to know which variable is read, and may write new values where it lies.
 */
export function ownValues(variable: Variable, backend: KernelBackend): void {
  if (backend.refCount(variable.dataId) === 1) return;
  const copy = tfjs().makeTensor(variable.dataSync(), variable.shape, variable.dtype, backend);
  variable.assign(copy);
  copy.dispose();
}

// --- internal ---

function recordPhases<C extends ProgramCall>(
  recorder: Recorder<C>,
  spec: ProgramSpec,
  variables: readonly Variable[],
): Recording<C> {
  const tensors: Record<string, Tensor> = {};
  const inputs = Object.entries(spec.inputs).map(([name, input]): InputPort => {
    const tensor = recorder.input(name, input);
    tensors[name] = tensor;
    const { shape, dtype } = input;
    return { name, shape, dtype, buffer: recorder.bufferOf(tensor), length: tensor.size };
  });
  const held = new Map(variables.map((variable) => [variable, variable.dataId]));
  const outputs: OutputPort[][] = [];
  const phases = spec.phases.map((phase): RecordedPhase => {
    const ports = Object.entries(phase(tensors)).map(([name, result]): OutputPort => ({
      name,
      buffer: recorder.bufferOf(result),
      length: util.sizeFromShape(result.shape),
    }));
    outputs.push(ports);
    const changed = variables.filter((variable) => variable.dataId !== held.get(variable));
    // All values first: one variable's new value may be what another holds until now.
    const assignments = changed.map((variable) => ({ variable, value: recorder.bufferOf(variable) }));
    for (const { variable, value } of assignments) {
      held.set(variable, variable.dataId);
      recorder.assign(variable, value);
    }
    recorder.endPhase?.(new Map(ports.map(({ name, buffer }) => [name, buffer])));
    return { end: recorder.calls.length, outputs: ports.map(({ buffer }) => buffer), assignments };
  });
  const { buffers, calls } = recorder;
  return { list: { buffers, calls, inputs: inputs.map(({ buffer }) => buffer), phases }, inputs, outputs };
}

function variablesOn(engine: Pick<RecordingEngine<unknown>, 'holds'>): Variable[] {
  return Object.values(tfjs().registeredVariables).filter((variable) => engine.holds(variable));
}
