import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { Experiment } from '../config/schema.js';
import { openBatchStream } from '../data/stream/open-batch-stream.js';
import { drawFigure } from '../report/figures/draw-figure.js';
import { rangeTestSpec } from '../report/figures/range-test-figure.js';
import {
  suggestLearningRate,
  testLearningRates,
  type RangeTest,
  type SmoothPoint,
} from '../train/learning-rate-test.js';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { runFailed } from '../util/errors.js';
import { openExperiment } from './open-experiment.js';
import { freshWeights } from './training/fresh-weights.js';
import { readStart, startNotes } from './weights/start-from.js';
import { makeFolder } from '../util/writing/make-folder.js';
import { explainWriteError } from '../util/system-error.js';

export interface RangeRequest {
  readonly cwd: string;
  readonly steps: number;
  /** The rates of the first and the last step. */
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
  readonly onStep: (done: number, total: number) => void;
  readonly onNote: (text: string) => void;
  readonly onEngine: (description: string) => void;
}

export interface FoundRate {
  readonly test: RangeTest;
  /** Undefined where no rate is better than the noise of its batches, or the test was interrupted. */
  readonly suggestion: SmoothPoint | undefined;
}

/**
 * Trains the model as it starts for a moment at growing learning rates, and looks where the loss falls most steeply.
 * @throws InvolveError: exit code 1 where the loss of the first batch is no number
 */
export async function findLearningRate(experiment: Experiment, request: RangeRequest): Promise<FoundRate> {
  const test = await rangeTest(experiment, request).catch((error: unknown): RangeTest => {
    if (error !== request.signal.reason) throw error;
    return { points: [], end: 'interrupted' }; // While images were decoded.
  });
  if (test.end === 'interrupted') return { test, suggestion: undefined };
  if (test.points.length === 0) {
    throw runFailed('E_DIVERGED', {
      what: 'the loss of the very first batch is not a finite number',
      try: 'look at the data (involve data check) and at the initial weights',
    });
  }
  return { test, suggestion: suggestLearningRate(test.points) };
}

/** Writes `lr-find.csv` and `lr-find.svg` into a folder; their paths from there. */
export async function writeRangeTest(
  dir: string,
  name: string,
  { test: { points }, suggestion }: FoundRate,
): Promise<string[]> {
  await makeFolder(dir).catch((error: unknown) => {
    throw explainWriteError(error, dir) ?? error;
  });
  const rows = points.map((point) => ({
    step: point.step,
    learning_rate: point.learningRate,
    loss: point.loss,
    smoothed_loss: point.smoothedLoss,
  }));
  const [csv, svg] = ['lr-find.csv', 'lr-find.svg'];
  await writeFileAtomic(join(dir, csv), stringify(rows, { header: true, cast: { number: String } }));
  const title = `Learning-rate range test of ${name}`;
  await writeFileAtomic(
    join(dir, svg),
    await drawFigure(rangeTestSpec(points, suggestion), { standalone: { title } }),
  );
  return [csv, svg];
}

// --- internal ---

async function rangeTest(
  experiment: Experiment,
  { cwd, steps, from, to, signal, onStep, onNote, onEngine }: RangeRequest,
): Promise<RangeTest> {
  const { train: config, data, augment } = experiment;
  const start = await readStart(experiment, cwd);
  const opened = await openExperiment(experiment, { cwd, splits: ['train'], signal, onNote });
  try {
    const started = await freshWeights(opened, start);
    for (const note of started ? startNotes(started) : []) onNote(note);
    onEngine(opened.engine.description);
    const { batchSize, seed } = config;
    const stream = openBatchStream(opened.dataset.train, {
      batchSize,
      seed,
      augment,
      training: true,
      workers: data.workers,
    });
    try {
      return await testLearningRates({
        engine: opened.engine,
        model: opened.model,
        task: opened.task,
        config,
        inputSize: data.inputSize,
        train: stream,
        steps,
        from,
        to,
        signal,
        onPoint: async ({ step }) => {
          onStep(step, steps);
          // Gives signals a turn: a step is one long synchronous computation.
          await new Promise(setImmediate);
        },
      });
    } finally {
      await stream.close();
    }
  } finally {
    await opened.close();
  }
}
