import { resolve } from 'node:path';
import type { Experiment } from '../../config/schema.js';
import { openEngine, type Engine } from '../../engine/engine.js';
import {
  fitWeights,
  storedClasses,
  type FitOptions,
  type Fitted,
  type Recipient,
} from '../../exchange/fit-weights.js';
import { ownWeightsOf } from '../../exchange/own-weights.js';
import { CLASSES, readWeights, type StoredWeights } from '../../exchange/read-weights.js';
import { writeSafetensors } from '../../runs/safetensors.js';
import { designWithHead } from '../../tasks/design.js';
import { taskOfCount } from '../../tasks/task-of.js';
import { fromOf } from '../../train/start-options.js';
import { resolveUserPath } from '../../util/home-path.js';
import { explainWriteError } from '../../util/system-error.js';
import { foreignNames, PARTIALLY, recordOf, startNotes } from './start-from.js';

export interface ImportRequest {
  readonly cwd: string;
  readonly weights: string;
  /** The name of a run's checkpoint. */
  readonly checkpoint: string;
  readonly partial: boolean;
  /** The file to write; undefined: it is only found out what fits. */
  readonly out: string | undefined;
}

export interface Imported extends Pick<StoredWeights, 'shown' | 'sha256' | 'classes' | 'architecture'> {
  readonly fitted: Fitted;
  /** How many classes the head that came along tells apart; undefined where none did. */
  readonly head: number | undefined;
}

/**
 * Finds out how stored weights fit the network of a config, whatever its head tells apart, and writes them down under our
 * names and in our layout.
 * @throws InvolveError (exit code 2) where they do not fit, or the file cannot be written
 */
export async function importWeights(experiment: Experiment, request: ImportRequest): Promise<Imported> {
  const { cwd, out, partial } = request;
  const options = { head: 'auto', partial, partially: '--partial' } as const;
  const { stored, fitted, head } = await fitAnyHead(experiment, cwd, request, options);
  const { shown, sha256, classes, architecture } = stored;
  if (out !== undefined) {
    const path = resolveUserPath(cwd, out);
    const metadata = {
      format: 'involve-weights-1',
      source: shown,
      'source.sha256': sha256,
      ...(head !== undefined && classes && { [CLASSES]: JSON.stringify(classes) }),
    };
    const tensors = new Map(
      [...fitted.tensors].map(([name, each]) => [name, { dtype: 'F32' as const, ...each }]),
    );
    await writeSafetensors(path, { tensors, metadata }).catch((error: unknown) => {
      throw explainWriteError(error, resolve(path)) ?? error;
    });
  }
  return { shown, sha256, classes, architecture, fitted, head };
}

/**
 * Finds out whether the weights that a config names to start from fit its network, whatever its head tells apart.
 * @returns what training would start from, in a sentence each; none where it starts from the seed
 * @throws InvolveError (exit code 2) where they are not there, are damaged or do not fit
 */
export async function tryStart(experiment: Experiment, cwd: string): Promise<string[]> {
  const from = fromOf(experiment.train);
  if (from === undefined) return [];
  const options = { ...from, partially: PARTIALLY };
  const { stored, fitted, head } = await fitAnyHead(experiment, cwd, from, options);
  const notes = startNotes(recordOf(stored, fitted));
  return head === undefined ? notes : [...notes, `the head that comes along tells ${head} classes apart`];
}

// --- internal ---

/** How stored weights fit a network with a head for as many classes as theirs. */
async function fitAnyHead(
  experiment: Experiment,
  cwd: string,
  { weights, checkpoint }: Pick<ImportRequest, 'weights' | 'checkpoint'>,
  options: FitOptions,
): Promise<{ readonly stored: StoredWeights } & Pick<Imported, 'fitted' | 'head'>> {
  const stored = await readWeights(weights, checkpoint, cwd);
  const engine = await openEngine({ ...experiment.engine, name: 'reference', device: 'cpu' });
  const any = recipientOf(experiment, 2, engine);
  const there = storedClasses(any, stored);
  const recipient = there === undefined ? any : recipientOf(experiment, there, engine);
  const fitted = fitWeights(recipient, stored, options);
  return { stored, fitted, head: fitted.newHead === undefined ? there : undefined };
}

/** The network by its names and shapes: no weight is filled. */
function recipientOf({ model, data }: Experiment, classes: number, engine: Engine): Recipient {
  const { net, head } = designWithHead(taskOfCount(classes), model, data.inputSize);
  const weights = engine.run(() => {
    const built = net.build((shape) => engine.blank(shape), 'recipient');
    const found = ownWeightsOf(built);
    built.dispose();
    return found;
  });
  return { weights, head, foreign: foreignNames(model) };
}
