import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { isCheckpointName, runPaths } from '../runs/run-paths.js';
import { isRun, notARun } from '../runs/read-run.js';
import { checkpointNames } from '../runs/epoch-checkpoints.js';
import { readEnvironment } from '../runs/record/environment.js';
import { readSafetensors } from '../runs/safetensors.js';
import { badInput, type InvolveError } from '../util/errors.js';
import { resolveUserPath } from '../util/home-path.js';
import { shellWord } from '../util/shell-words.js';
import { shownPath } from '../util/shown-path.js';
import type { Numbers } from './conventions.js';
import { KERAS_ENDINGS, readKerasFile } from './keras/read-file.js';

/** Weights as a file has them. */
export interface StoredWeights {
  /** The file as the user would type it. */
  readonly shown: string;
  /** Of the whole file. */
  readonly sha256: string;
  /** By the names of whoever wrote it. */
  readonly tensors: ReadonlyMap<string, Numbers>;
  /** What its head tells apart, where that is on record. */
  readonly classes?: readonly string[];
  /** timm's name of the network, where its config.json stands beside. */
  readonly architecture?: string;
}

/** The key of the metadata with the names of the classes, as JSON, in files of `involve import`. */
export const CLASSES = 'involve.classes';

/** The file in a folder of timm's. */
const TIMM_FILE = 'model.safetensors';

/**
 * Reads weights from a safetensors file, from one of Keras's (`.h5`, `.keras`), from a folder that timm wrote, or from the
 * checkpoint of a run: of one with a moving average the averaged ones.
 *
 * @param weights a path, from `cwd`
 * @param checkpoint the name of a run's checkpoint; `best` is `last` where none is the best yet
 * @throws InvolveError (exit code 2) where there are none, or they are damaged, in another format, or no numbers
 */
export async function readWeights(weights: string, checkpoint: string, cwd: string): Promise<StoredWeights> {
  const path = resolveUserPath(cwd, weights);
  const shown = shownPath(cwd, path);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw badInput('E_WEIGHTS_NOT_FOUND', {
      what: `there are no weights ${shown}`,
      where: shown,
      try: 'a safetensors file, or the folder of a run; paths start from the current folder',
    });
  }
  if (!found.isDirectory()) return readFile(path, shown);
  if (await isRun(path)) return readRun(path, shown, checkpoint);
  const inside = join(path, TIMM_FILE);
  if (existsSync(inside)) return readFile(inside, join(shown, TIMM_FILE));
  throw await notARun(path);
}

// --- internal ---

async function readFile(path: string, shown: string): Promise<StoredWeights> {
  refuseOtherFormats(path, shown);
  if ((KERAS_ENDINGS as readonly string[]).includes(extname(path).toLowerCase()))
    return readKeras(path, shown);
  const called = {
    noun: 'file of weights',
    advice: 'fetch it again, and compare its checksum with the publisher’s',
  };
  const { tensors, metadata } = await readSafetensors(path, { called });
  const { [CLASSES]: classes } = metadata;
  return {
    shown,
    sha256: await sha256Of(path),
    tensors: weightsOf(floats(tensors, shown)),
    ...(await describedBeside(path)),
    ...(classes !== undefined && { classes: JSON.parse(classes) as string[] }),
  };
}

async function readKeras(path: string, shown: string): Promise<StoredWeights> {
  const tensors = await readKerasFile(path).catch((error: unknown) => {
    throw badInput(
      'E_WEIGHTS_KERAS',
      {
        what: `the weights of Keras cannot be read: ${(error as Error).message}`,
        where: shown,
        try: `in Python: from safetensors.numpy import save_file; import keras; save_file({w.path: w.numpy() for w in keras.saving.load_model("${shown}").weights}, "weights.safetensors")`,
      },
      { cause: error },
    );
  });
  return { shown, sha256: await sha256Of(path), tensors: floats(tensors, shown) };
}

async function readRun(dir: string, shown: string, asked: string): Promise<StoredWeights> {
  const paths = runPaths(dir);
  const names = asked === 'best' ? (['best', 'last'] as const) : isCheckpointName(asked) ? [asked] : [];
  const name = names.find((each) => existsSync(paths.checkpoint(each)));
  if (name === undefined) {
    const there = await checkpointNames(dir);
    throw badInput('E_NO_CHECKPOINT', {
      what:
        there.length > 0
          ? `the run ${shown} has no checkpoint ${asked}`
          : `the run ${shown} has no checkpoint yet`,
      where: shown,
      try:
        there.length > 0
          ? `one that it has: ${there.join(', ')}`
          : `let it train for an epoch: involve train ${shellWord(runPaths(shown).config)} --resume --out ${shellWord(shown)}`,
    });
  }
  const path = paths.checkpoint(name);
  const { tensors } = await readSafetensors(path, { requireChecksum: true });
  const { classes } = await readEnvironment(paths.environment);
  return {
    shown: runPaths(shown).checkpoint(name),
    sha256: await sha256Of(path),
    tensors: weightsOf(floats(tensors, runPaths(shown).checkpoint(name))),
    ...(classes && { classes }),
  };
}

/** What a checkpoint of ours has of weights: the averaged ones where it has an average. All of any other file. */
function weightsOf(all: ReadonlyMap<string, Numbers>): ReadonlyMap<string, Numbers> {
  const weights = [...all].filter(([key]) => !/^(optimizer|ema)\//.test(key));
  return new Map(weights.map(([key, value]) => [key, all.get(`ema/${key}`) ?? value]));
}

/** Endings of what PyTorch's pickle wrote, which may hold anything that runs. */
const PICKLES = ['.pth', '.pt', '.bin', '.tar', '.ckpt'];

function refuseOtherFormats(path: string, shown: string): void {
  const ending = extname(path).toLowerCase();
  if (!PICKLES.includes(ending)) return;
  throw badInput('E_WEIGHTS_FORMAT', {
    what: `${ending} is not read here: weights are read from safetensors files, and from those of Keras`,
    where: shown,
    try: `in Python: from safetensors.torch import save_file; import torch; save_file({k: v.contiguous() for k, v in torch.load("${shown}", weights_only=True).items()}, "weights.safetensors")`,
  });
}

function floats(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: unknown }>,
  shown: string,
): Map<string, Numbers> {
  const found = new Map<string, Numbers>();
  const bad: string[] = [];
  for (const [name, { shape, data }] of tensors) {
    // Whole numbers count batches; none is a weight.
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    if (!values.every(Number.isFinite)) bad.push(name);
    found.set(name, { shape, data: values });
  }
  if (bad.length > 0) throw notNumbers(bad, shown);
  return found;
}

function notNumbers(names: readonly string[], shown: string): InvolveError {
  const more = names.length > 5 ? `, … (${names.length} in all)` : '';
  return badInput('E_WEIGHTS_NOT_FINITE', {
    what: `weights are not finite numbers: ${names.slice(0, 5).join(', ')}${more}`,
    where: shown,
    try: 'weights of a training that did not diverge',
  });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** What timm's config.json beside the file says; a file that is none of timm's says nothing. */
async function describedBeside(path: string): Promise<Pick<StoredWeights, 'architecture' | 'classes'>> {
  try {
    const { readFile: read } = await import('node:fs/promises');
    const config: unknown = JSON.parse(await read(resolve(path, '..', 'config.json'), 'utf8'));
    const { architecture, label_names: classes } = config as Record<string, unknown>;
    const areNames = Array.isArray(classes) && classes.every((name) => typeof name === 'string');
    return {
      ...(typeof architecture === 'string' && { architecture }),
      ...(areNames && { classes }),
    };
  } catch {
    return {};
  }
}
