import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { normalizationTable, normalize } from '../../data/augment/normalize.js';
import { operatorsThatShow } from '../../explain/choose-layers.js';
import { pngOf, sheetOf } from '../../explain/draw/png.js';
import { framedPicture } from '../../explain/draw/heat.js';
import type { Picture } from '../../explain/draw/picture.js';
import { ImageExplainer, type Point } from '../../explain/explain-image.js';
import type { Explanation, ImageExplanation, Panel } from '../../explain/explanation.js';
import { ActivationStatistics, statisticsCsv } from '../../explain/layer-statistics.js';
import { pageOf } from '../../explain/page.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { closestString } from '../../util/closest-string.js';
import { badInput, type Problem } from '../../util/errors.js';
import { makeFolder } from '../../util/writing/make-folder.js';
import { oneLine } from '../../util/one-line.js';
import { shownPath } from '../../util/shown-path.js';
import { refuseUnwritable } from '../../util/writing/refuse-unwritable.js';
import { errorCode, explainWriteError } from '../../util/system-error.js';
import { decodeImages } from '../decode-images.js';
import { explainHardestImages } from './hardest-images.js';
import { explainHardestMasks } from './hardest-masks.js';
import { openSplit, samplesOf, type SplitToExplain, type Subject } from './open-split.js';
import { openRun, type OpenRun } from '../open-run.js';
import type { SplitName } from '../../data/dataset.js';

export interface ExplainRequest {
  readonly cwd: string;
  /** Where the pictures go; by default the folder `explain` in the run's. */
  readonly out?: string;
  readonly layers: readonly string[];
  /** Pixels of what the network sees; some by default. */
  readonly points?: readonly Point[];
  /** At most so many groups or heads of a layer. */
  readonly groups: number;
  /** A class by its name or number, for Grad-CAM. */
  readonly className?: string;
  /** Looks at all images of a split too. */
  readonly split?: SplitName;
  /** Folder of the data, in the place of data.dir. */
  readonly data?: string;
  readonly checkpoint?: string;
  /** Called with what a reader of the results should know of the data. */
  readonly onNote: (text: string) => void;
  /** Called while the images of the split are looked at. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ExplainedRun {
  /** The page, as the user would type it. */
  readonly page: string;
  /** Beside it, in the order of the page. */
  readonly files: readonly string[];
  readonly explanation: Explanation;
}

/**
 * Draws what a trained run sees in images: a page that stands alone, and the same pictures as files. Without images it
 * takes the first of each class of a split.
 *
 * @throws InvolveError: exit code 2 where the run, an image, a layer, a place, a class or the target is not what it should
 * be, 3 where no image is named and the run's data is not here
 */
export async function explainRun(
  run: string,
  images: readonly string[],
  request: ExplainRequest,
): Promise<ExplainedRun> {
  const { cwd, data, checkpoint } = request;
  refuseFile(run, cwd);
  const opened = await openRun(run, cwd, data === undefined ? [] : [`data.dir=${data}`], checkpoint);
  try {
    const { inputSize } = opened.experiment.data;
    const { points = usualPoints(inputSize) } = request;
    const index = classOf(request, opened, points);
    const { net, classes, design, task } = opened;
    const perPixel = task.target.perPixel === true ? design.features : undefined;
    const explainer = new ImageExplainer(net, { ...request, points, index, classes, perPixel });
    const named = await decodeImages(images, opened.experiment.data, cwd);
    const out = resolve(cwd, request.out ?? join(opened.dir, 'explain'));
    await makeFolder(out).catch((error: unknown) => {
      throw notMade(error, out);
    });
    refuseUnwritable(out);
    const split = request.split ?? (images.length === 0 ? 'test' : undefined);
    const set = split === undefined ? undefined : await openSplit(opened, split, request);
    try {
      const subjects: Subject[] = [
        ...named.map((pixels, i) => ({ name: images[i]!, pixels })),
        ...(set && images.length === 0 ? await samplesOf(set, classes) : []),
      ];
      const explanation = await explain(opened, { explainer, subjects, set, onProgress: request.onProgress });
      const files = await write(out, explanation);
      return { explanation, ...shownFiles(cwd, out, files) };
    } finally {
      await set?.close();
    }
  } finally {
    await opened.close();
  }
}

// --- internal ---

/** What eval and predict may be given: an exported network. */
function refuseFile(run: string, cwd: string): void {
  if (!statSync(resolve(cwd, run), { throwIfNoEntry: false })?.isFile()) return;
  throw badInput('E_EXPLAIN_FILE', {
    what: `${oneLine(run)} is a file: what layers have inside, and gradients, are those of a run alone`,
    where: run,
    try: 'the folder of the run that it was made of',
  });
}

interface Parts {
  readonly explainer: ImageExplainer;
  readonly subjects: readonly Subject[];
  readonly set: SplitToExplain | undefined;
  readonly onProgress: ExplainRequest['onProgress'];
}

async function explain(
  opened: OpenRun,
  { explainer, subjects, set, onProgress }: Parts,
): Promise<Explanation> {
  const { experiment, engine, net, shown, checkpoint, epoch } = opened;
  const isPerPixel = opened.task.target.perPixel === true;
  const explainHardest = isPerPixel ? explainHardestMasks : explainHardestImages;
  const size = experiment.data.inputSize;
  const table = normalizationTable(experiment.augment.normalize);
  const statistics = new ActivationStatistics(net);
  const images: ImageExplanation[] = [];
  let finite = true;
  for (const { name, pixels, truth } of subjects) {
    const picture: Picture = { width: size, height: size, pixels };
    const input = new Float32Array(pixels.length);
    normalize(pixels, pixels.length, table, input, 0);
    const { outputs, panels } = explainer.explain({ picture, input, truth }, statistics);
    finite &&= outputs.every(Number.isFinite);
    const framed = framedPicture(picture, explainer.points);
    images.push({ name, picture, framed, prediction: opened.task.predict(outputs, 3).lines, panels });
  }
  const notes: string[] = [];
  if (!finite) {
    notes.push(
      'What the network puts out is not finite: the numbers of every layer, below, say where that begins.',
    );
  }
  if (!explainer.showsLayers) {
    const [kernels, attention] = [operatorsThatShow('kernels'), operatorsThatShow('attention')];
    const gates = operatorsThatShow('gates');
    notes.push(
      `No layer of this network makes weights from the image, so there ${isPerPixel ? 'are masks and Grad-CAM' : 'is Grad-CAM'} alone. Kernels are those of ${kernels.join(', ')}; attention is that of ${attention.join(', ')}; gates are those of ${gates.join(', ')}.`,
    );
  }
  return {
    title: `What ${experiment.name} sees`,
    subject: `${shown}, ${checkpoint} checkpoint (epoch ${epoch}), images of ${size}×${size}, ${engine.description}`,
    notes,
    images,
    split: set && (await explainHardest(opened, set, onProgress)),
    statistics: statistics.result(),
  };
}

/** Why there can be no folder for the pictures. */
function notMade(error: unknown, out: string): unknown {
  const why: Readonly<Record<string, string>> = {
    EEXIST: 'there is a file of this name',
    ENOTDIR: 'a part of its path is a file',
    ENOENT: 'the system lets nobody make one there',
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the disk is read-only',
  };
  const reason = why[errorCode(error)];
  if (reason === undefined) return explainWriteError(error, out) ?? error;
  return badInput(
    'E_EXPLAIN_OUT',
    { what: `no folder for the pictures: ${reason}`, where: out, try: '--out DIR, a folder of your own' },
    { cause: error },
  );
}

/** Writes the page last, so that where it is, all is. */
async function write(out: string, explanation: Explanation): Promise<string[]> {
  const files: string[] = [];
  const save = async (name: string, content: string | Uint8Array): Promise<void> => {
    await writeFileAtomic(join(out, name), content);
    files.push(name);
  };
  const saveSheet = (stem: string, { tiles, columns }: Panel): Promise<void> =>
    pngOf(
      sheetOf(
        tiles.map(({ picture }) => picture),
        columns,
      ),
    ).then((png) => save(`${stem}.png`, png));
  for (const [i, { name, framed, panels }] of explanation.images.entries()) {
    const stem = `${i + 1}-${slug(stemOf(name))}`;
    await save(`${stem}.png`, await pngOf(sheetOf([framed], 1)));
    for (const panel of panels) await saveSheet(`${stem}-${slug(panel.stem)}`, panel);
  }
  const { split } = explanation;
  if (split) {
    for (const panel of [split.hardest, ...split.confused]) {
      if (panel.tiles.length > 0) await saveSheet(slug(panel.stem), panel);
    }
  }
  await save('layers.csv', statisticsCsv(explanation.statistics));
  await save('index.html', await pageOf(explanation));
  return files;
}

function shownFiles(
  cwd: string,
  out: string,
  files: readonly string[],
): Pick<ExplainedRun, 'page' | 'files'> {
  const paths = files.map((file) => shownPath(cwd, join(out, file)));
  return { page: paths.at(-1)!, files: paths.slice(0, -1) };
}

/** The name of a file without folder and ending. */
function stemOf(name: string): string {
  return name.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
}

/** What is safe in the name of a file on every system; what is left of a long one is its beginning. */
function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^\w]+/g, '-')
    .toLowerCase();
  return plain.replace(/^-+|-+$/g, '').slice(0, 60) || 'image';
}

/** The middle, and two places between it and the corners. */
function usualPoints(size: number): Point[] {
  return [1, 2, 3].map((quarter) => {
    const at = Math.floor((quarter * size) / 4);
    return { x: at, y: at };
  });
}

/** Where a class was named, its number; checks the points on the way, so that all that is wrong is told at once. */
function classOf(
  { className }: ExplainRequest,
  { classes, experiment }: OpenRun,
  points: readonly Point[],
): number | undefined {
  const { inputSize } = experiment.data;
  const problems: Problem[] = points
    .filter(({ x, y }) => x >= inputSize || y >= inputSize)
    .map(({ x, y }) => ({
      what: `the point ${x},${y} is outside of the image, which the network sees as ${inputSize}×${inputSize} pixels`,
      where: '--at',
      try: `x and y from 0 to ${inputSize - 1}`,
    }));
  const index = className === undefined ? undefined : indexOfClass(className, classes);
  if (index === -1) {
    const meant = closestString(className!, classes);
    problems.push({
      what: `the run knows no class ${oneLine(className!)}`,
      where: '--class',
      try:
        meant === undefined
          ? `a name, or a number from 0 to ${classes.length - 1}: ${someOf(classes)}`
          : `did you mean "${oneLine(meant)}"?`,
    });
  }
  if (problems.length > 0) throw badInput('E_EXPLAIN_WHAT', problems);
  return index;
}

/** A class by its name, or else by its number; −1 where there is none. */
function indexOfClass(text: string, classes: readonly string[]): number {
  const named = classes.indexOf(text);
  if (named >= 0 || !/^\d+$/.test(text)) return named;
  return Number(text) < classes.length ? Number(text) : -1;
}

function someOf(classes: readonly string[]): string {
  const shown = classes.slice(0, 10).map(oneLine).join(', ');
  return classes.length > 10 ? `${shown}, …` : shown;
}
