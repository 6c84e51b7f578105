import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { inBuildingFolder, removeLeftovers } from '../data/cache/building-folder.js';
import { compareLogits, type Agreement } from '../exchange/agreement.js';
import type { FileReader, TrainedModel } from '../exchange/format.js';
import { EXCHANGE_FORMATS, type ExchangeFormatName } from '../exchange/registry.js';
import { designFor } from '../tasks/design.js';
import { weightsOf } from '../train/parameters.js';
import { syncFolder, writeFileAtomic, type FileContent } from '../util/writing/atomic-write.js';
import { badInput, runFailed } from '../util/errors.js';
import { makeFolder } from '../util/writing/make-folder.js';
import { shellWord } from '../util/shell-words.js';
import { shownPath } from '../util/shown-path.js';
import { explainWriteError } from '../util/system-error.js';
import { openRun, type OpenRun } from './open-run.js';
import { openSample, type Sample } from './sample-images.js';

export interface ExportRequest {
  readonly cwd: string;
  readonly format: ExchangeFormatName;
  /** Where to; by default into the run's folder. */
  readonly out?: string;
  /** On how many images of the test split the file is compared with the run; 0: it is not read. */
  readonly check: number;
  /** Folder of the data, in the place of data.dir. */
  readonly data?: string;
  /** The name of one of the run's checkpoints, in the place of the best. */
  readonly checkpoint?: string;
  /** Called with what a reader of the results should know of the data. */
  readonly onNote: (text: string) => void;
  /** Ends it before the file is put where it belongs. */
  readonly signal?: AbortSignal;
}

export interface ExportedRun {
  /** As the user would type it. */
  readonly path: string;
  readonly bytes: number;
  readonly checkpoint: string;
  readonly epoch: number;
  /** What the file gave beside the run; null where it was not asked for. */
  readonly check: (Agreement & { readonly reader: string; readonly engine: string }) | null;
}

/**
 * Writes a trained run as a file that others load, has their library read it, and compares the logits of images that
 * the run has not learned from. What is there already is replaced when all of that is done, and not before.
 * @throws the reason of `signal`, with nothing left behind
 * @throws InvolveError: exit code 2 for a run, data or a path that do not do; 3 where this machine lacks the library or
 * the data; 1 where the file says something else than the run
 */
export async function exportRun(run: string, request: ExportRequest): Promise<ExportedRun> {
  const { cwd, format: name, check, data, checkpoint, onNote, signal } = request;
  const row = EXCHANGE_FORMATS[name];
  const out = resolve(cwd, request.out ?? join(run, `model${row.ending}`));
  const format = await row.load();
  const openFile = check > 0 ? await format.reader() : undefined;
  const opened = await openRun(run, cwd, data === undefined ? [] : [`data.dir=${data}`], checkpoint);
  let sample: Sample | undefined;
  try {
    if (openFile) sample = await openSample(opened, { cwd, count: check, onNote, signal });
    const files = await format.write(trainedModel(opened));
    const written = await inPlaceOf(out, cwd, files, async (temporary) => {
      signal?.throwIfAborted();
      if (!openFile) return null;
      const reader = await openFile(temporary);
      try {
        return await checked(opened, sample!, reader);
      } finally {
        await reader.close();
        signal?.throwIfAborted();
      }
    });
    const { checkpoint: found, epoch } = opened;
    return { path: shownPath(cwd, out), checkpoint: found, epoch, ...written };
  } finally {
    await sample?.close();
    await opened.close();
  }
}

/** A run as it is handed on. */
export function trainedModel(opened: OpenRun): TrainedModel {
  const { experiment, task, classes, model, checkpoint, epoch } = opened;
  const weights = weightsOf(model).map(
    ({ name, variable }) =>
      [name, { shape: variable.shape, data: Float32Array.from(variable.dataSync<'float32'>()) }] as const,
  );
  return {
    experiment,
    classes,
    // Not where its folder is on this machine.
    origin: { run: `${experiment.name}/seed-${experiment.train.seed}`, checkpoint, epoch },
    weights: new Map(weights),
    design: () => designFor(task, experiment.model, experiment.data.inputSize),
  };
}

// --- internal ---

/** A file that differs by more than this, as a share of the largest logit or of 1, is another network. */
const TOLERANCE = 1e-3;

async function checked(
  { engine, classes }: OpenRun,
  sample: Sample,
  reader: FileReader,
): Promise<Agreement & { reader: string; engine: string }> {
  const agreement = await compareLogits(sample.batches(), reader, classes.length);
  const { largestDifference, largestLogit } = agreement;
  if (!(largestDifference <= TOLERANCE * Math.max(1, largestLogit))) {
    throw runFailed('E_EXPORT_DIFFERS', {
      what: `the file was read by ${reader.description} and says something else than the run: logits differ by up to ${largestDifference}, the largest is ${largestLogit}`,
      try: '--check 0, which writes it all the same; now nothing was written',
    });
  }
  return { ...agreement, reader: reader.description, engine: engine.description };
}

/** Writes files beside `out`, has them looked at, and then puts them where they belong. */
async function inPlaceOf<T>(
  out: string,
  cwd: string,
  files: ReadonlyMap<string, FileContent>,
  look: (temporary: string) => Promise<T>,
): Promise<{ readonly bytes: number; readonly check: T }> {
  const only = files.get('');
  await refuseTaken(out, cwd, only === undefined);
  const parent = dirname(out);
  try {
    await makeFolder(parent);
    await removeLeftovers(parent, false);
    return await inBuildingFolder(parent, async (room) => {
      const temporary = join(room, 'new', basename(out));
      let bytes = 0;
      for (const [name, content] of files) {
        const path = name === '' ? temporary : join(temporary, name);
        await makeFolder(dirname(path));
        await writeFileAtomic(path, content);
        bytes += (await stat(path)).size;
      }
      const check = await look(temporary);
      if (only === undefined) await rm(out, { recursive: true, force: true });
      await rename(temporary, out);
      await syncFolder(parent);
      return { bytes, check };
    });
  } catch (error) {
    throw explainWriteError(error, out) ?? error;
  }
}

/** A file takes the place of a file, a folder that of an empty one: nothing else that somebody has goes. */
async function refuseTaken(out: string, cwd: string, isFolder: boolean): Promise<void> {
  const there = await stat(out).catch(() => undefined);
  if (there === undefined) return;
  if (!isFolder && there.isFile()) return;
  if (isFolder && there.isDirectory() && (await readdir(out)).length === 0) return;
  const shown = shownPath(cwd, out);
  throw badInput('E_EXPORT_OUT', {
    what: isFolder
      ? `a folder is to be written, and ${shown} is ${there.isDirectory() ? 'one that is not empty' : 'a file'}`
      : `a file is to be written, and ${shown} is a folder`,
    where: shown,
    try: isFolder
      ? '--out with a folder that is not there yet'
      : `--out ${shellWord(join(shown, 'model.onnx'))}`,
  });
}
