import type { EpochFields } from './epoch.js';
import type { RunSummary } from './summary.js';

/** The summary of a sound run, but for what is given. */
export function summaryOf(changes: Partial<RunSummary> = {}): RunSummary {
  return {
    name: 'hand-made',
    seed: 0,
    outcome: 'done',
    epochs: 1,
    steps: 10,
    final: null,
    best: null,
    parameters: 1_000_000,
    macs: 20_000_000,
    engine: 'wasm (2 threads)',
    seconds: 1,
    peakMemoryMb: 100,
    ...changes,
  };
}

/** An epoch of a sound run, but for what is given. */
export function epochOf(epoch: number, changes: Partial<EpochFields> = {}): EpochFields {
  return {
    epoch,
    step: 10 * epoch,
    learningRate: 0.001,
    trainLoss: 1.5,
    valLoss: 2,
    imagesPerSecond: 100,
    dataMs: 1,
    stepMs: 2,
    epochSeconds: 3,
    ...changes,
  };
}
