import { type Tensor, type TensorInfo, type Variable, engine, keep, tensor, tidy, util } from '../tf-core.js';
import { runFailed } from '../../util/errors.js';
import type { Program, ProgramSpec } from '../record.js';
import type { WasmBackend } from './backend.js';
import { firstDifference } from './compare-recordings.js';
import type { RecordedPhase } from './layout.js';
import { ReplayedProgram } from './program.js';
import { Recorder } from './recorder.js';
import { WasmTensorData } from './tensor-data.js';

/** An input or output of a program. */
export interface Port {
  readonly name: string;
  readonly address: number;
  readonly length: number;
}

export interface Recording {
  readonly recorder: Recorder;
  readonly inputs: readonly (Port & { readonly dtype: 'float32' | 'int32' })[];
  readonly outputs: readonly (readonly Port[])[];
  readonly phases: readonly RecordedPhase[];
}

/** Records a computation twice; the two must be the same call by call. */
export function recordProgram(backend: WasmBackend, spec: ProgramSpec): Program {
  const recording = record(backend, spec);
  const again = record(backend, spec);
  again.recorder.release();
  const difference = firstDifference(recording, again);
  if (difference !== undefined) {
    recording.recorder.release();
    throw runFailed('E_NOT_REPLAYABLE', {
      what: `the step is not the same every time, so it cannot be replayed: ${difference}`,
      try: '--set engine.mode=eager',
    });
  }
  return new ReplayedProgram(backend, recording, spec.batch, spec.condition);
}

// --- internal ---

function record(backend: WasmBackend, spec: ProgramSpec): Recording {
  const variables = numericVariables(backend);
  for (const variable of variables) ownData(backend, variable);
  const before = new Map(variables.map((variable) => [variable, keep(variable.clone())]));
  const recorder = new Recorder(backend, new Map(variables.map((variable) => [variable.dataId, variable])));
  try {
    return backend.recordWith(recorder, () => {
      let recording: Recording;
      tidy(() => void (recording = recordPhases(backend, recorder, spec, variables)));
      return recording!;
    });
  } catch (error) {
    recorder.release();
    throw error;
  } finally {
    // The state is as it was: the recording only pretended to assign.
    for (const [variable, value] of before) {
      if (variable.dataId !== value.dataId) variable.assign(value);
      value.dispose();
    }
  }
}

function recordPhases(
  backend: WasmBackend,
  recorder: Recorder,
  spec: ProgramSpec,
  variables: readonly Variable[],
): Recording {
  const inputs = Object.entries(spec.inputs).map(([name, { shape, dtype }]) => {
    const info = backend.output(shape, dtype);
    const given = engine().makeTensorFromTensorInfo(info, backend);
    return { ...port(backend, name, given), dtype, given };
  });
  const given = Object.fromEntries(inputs.map(({ name, given }) => [name, given]));
  const held = new Map(variables.map((variable) => [variable, variable.dataId]));
  const places = new Map(held);
  const outputs: Port[][] = [];
  const phases = spec.phases.map((phase): RecordedPhase => {
    const results = phase(given);
    outputs.push(Object.entries(results).map(([name, result]) => port(backend, name, result)));
    const assignments = variables
      .filter((variable) => variable.dataId !== held.get(variable))
      .map((variable) => {
        held.set(variable, variable.dataId);
        // Known to the recording even where it is written without being read.
        const place = places.get(variable)!;
        recorder.external(place, backend.dataOf(place));
        return { variable, address: backend.pointer(variable) };
      });
    return {
      end: recorder.calls.length,
      outputs: outputs.at(-1)!.map(({ address }) => address),
      assignments,
    };
  });
  const isMade = numericVariables(backend).length !== variables.length;
  if (isMade) {
    throw runFailed('E_NOT_REPLAYABLE', {
      what: 'the model makes a variable within a step',
      try: '--set engine.mode=eager',
    });
  }
  return { recorder, inputs: inputs.map(({ given: _, ...rest }) => rest), outputs, phases };
}

function port(backend: WasmBackend, name: string, given: TensorInfo): Port {
  return { name, address: backend.pointer(given), length: util.sizeFromShape(given.shape) };
}

function numericVariables(backend: WasmBackend): Variable[] {
  return Object.values(engine().registeredVariables).filter(
    ({ dataId }) =>
      backend.data.has(dataId) && (backend.data.get(dataId) as unknown) instanceof WasmTensorData,
  );
}

/**
 * Gives a variable memory of its own where it shares it with another tensor (tf.js copies nothing when a
 * variable is made or assigned): a program writes new values where the variable lies.
 */
export function ownData(backend: WasmBackend, variable: Variable): void {
  if (backend.dataOf(variable.dataId).refCount === 1) return;
  const copy: Tensor = tensor(variable.dataSync<'float32'>(), variable.shape, variable.dtype as 'float32');
  variable.assign(copy);
  copy.dispose();
}
