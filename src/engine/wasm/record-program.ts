import type { Variable } from '../tf-core.js';
import { refuseDifference, type Wording } from '../program/compare-recordings.js';
import type { Program, ProgramSpec } from '../program/program.js';
import { record, type Recording, type RecordingEngine } from '../program/record.js';
import type { WasmBackend } from './backend.js';
import { ReplayedProgram } from './program.js';
import { WasmRecorder, type WasmCall } from './recorder.js';
import { WasmTensorData } from './tensor-data.js';

/**
 * Records a computation twice; the two must be the same call by call. The backend is tf.js's current one.
 * @throws InvolveError E_NOT_REPLAYABLE
 */
export function recordProgram(backend: WasmBackend, spec: ProgramSpec): Program {
  const { recording, recorder } = recordTwice(backend, spec);
  try {
    return new ReplayedProgram(backend, recording, recorder, spec);
  } catch (error) {
    recorder.release();
    throw error;
  }
}

/**
 * What `recordProgram` makes a program of, to be placed elsewhere. The recorder is to be released.
 * @throws InvolveError E_NOT_REPLAYABLE
 */
export function recordTwice(
  backend: WasmBackend,
  spec: ProgramSpec,
): { readonly recording: Recording<WasmCall>; readonly recorder: WasmRecorder } {
  const engine = new WasmRecording(backend);
  const { recording, recorder } = record<WasmCall, WasmRecorder>(engine, spec);
  try {
    const again = record<WasmCall, WasmRecorder>(engine, spec);
    again.recorder.release();
    refuseDifference(recording, again.recording, WORDING);
    return { recording, recorder };
  } catch (error) {
    recorder.release();
    throw error;
  }
}

// --- internal ---

class WasmRecording implements RecordingEngine<WasmRecorder> {
  constructor(readonly backend: WasmBackend) {}

  holds({ dataId }: Variable): boolean {
    const { data } = this.backend;
    return data.has(dataId) && (data.get(dataId) as unknown) instanceof WasmTensorData;
  }

  begin(variables: readonly Variable[]): WasmRecorder {
    return new WasmRecorder(this.backend, variables);
  }

  during(recorder: WasmRecorder, work: () => void): void {
    try {
      this.backend.recordWith(recorder, work);
    } catch (error) {
      recorder.release();
      throw error;
    }
  }
}

const WORDING: Wording<WasmCall> = {
  noun: 'call',
  difference(a, b) {
    if (b === undefined) return undefined;
    if (a.name !== b.name) return `${a.name}, then ${b.name}`;
    if (a.kind === 'routine' && b.kind === 'routine') {
      if (a.items !== b.items) return `${a.name}: ${a.items} pieces of work, then ${b.items}`;
      const i = a.args.findIndex((value, place) => !Object.is(value, b.args[place]));
      const which = a.routine.arguments[i]?.name;
      return i < 0 ? undefined : `${a.name}, argument ${which}: ${a.args[i]}, then ${b.args[i]}`;
    }
    if (a.kind === 'host' && b.kind === 'host') {
      const text = ({ attrs, inputs, outputs, operands }: typeof a): string =>
        JSON.stringify([attrs, inputs, outputs, operands]);
      return text(a) === text(b) ? undefined : `${a.name} with other attributes or tensors`;
    }
    if (a.kind === 'all-reduce' && b.kind === 'all-reduce') {
      const text = ({ reduction, places, operands }: typeof a): string =>
        JSON.stringify([reduction, places, operands]);
      return text(a) === text(b) ? undefined : `${a.name} of other tensors`;
    }
    return undefined;
  },
};
