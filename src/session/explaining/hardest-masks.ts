import { normalizationTable, normalize } from '../../data/augment/normalize.js';
import type { Panel, SplitExplanation, Tile } from '../../explain/explanation.js';
import { HardestMasks, type ConfusedPixels, type JudgedMask } from '../../explain/hardest-masks.js';
import { comparisonTiles, markedPicture } from '../../explain/masks.js';
import { masksOf, saidClasses } from '../../tasks/segmentation/meters.js';
import { WRONG } from '../../tasks/segmentation/pictures.js';
import { predictAtOnce } from '../../train/predictor.js';
import { counted, fourDigits, percent } from '../../util/number-text.js';
import type { OpenRun } from '../open-run.js';
import { judgeSplit, OF_PAIR, PAIRS, pictureOf, SHOWN, type SplitToExplain } from './open-split.js';

/** The images of a split whose masks the network is most wrong about, and where it takes one class for another. */
export async function explainHardestMasks(
  opened: OpenRun,
  split: SplitToExplain,
  onProgress?: (done: number, total: number) => void,
): Promise<SplitExplanation> {
  const { classes } = opened;
  const judged = new HardestMasks(classes.length, SHOWN);
  const judge: Parameters<typeof judgeSplit>[2] = (batch, logits) =>
    judged.add(masksOf(batch), logits, batch.count);
  await judgeSplit(opened, split, judge, onProgress);
  const rows: Tile[] = [];
  for (const image of judged.hardest()) rows.push(...(await rowOf(split, image)));
  const confused: Panel[] = [];
  for (const pair of judged.confused(PAIRS)) confused.push(await panelOf(opened, split, pair));
  return {
    title: `Hardest images of ${split.name}`,
    text: `${counted(judged.count, 'image')}, ${percent(judged.rightShare)} of their pixels taken for what they are. The number of an image is its place in the split, from 0.`,
    hardest: {
      title: 'The largest loss',
      text: 'An image a row: the image and its loss, what is true, what is predicted, and in red where that differs.',
      tiles: rows,
      columns: 4,
      stem: 'hardest',
    },
    confused,
  };
}

// --- internal ---

async function rowOf({ set }: SplitToExplain, { index, loss, truth, said }: JudgedMask): Promise<Tile[]> {
  const picture = await pictureOf(set, index);
  return [
    { picture, caption: `${index}: loss ${fourDigits(loss)}` },
    ...comparisonTiles(picture, said, truth),
  ];
}

async function panelOf(opened: OpenRun, split: SplitToExplain, pair: ConfusedPixels): Promise<Panel> {
  const { label, predicted, pixels, of, examples } = pair;
  const [is, taken] = [opened.classes[label]!, opened.classes[predicted]!];
  const tiles: Tile[] = [];
  for (const { index, pixels: own } of examples.slice(0, OF_PAIR)) {
    tiles.push({
      picture: await whereTaken(opened, split, index, pair),
      caption: `${index}: ${counted(own, 'pixel')}`,
    });
  }
  return {
    title: `${is} taken for ${taken}: ${percent(pixels / of)} of ${counted(of, 'pixel')}`,
    text: 'The images with the most of them, and where they lie, in red.',
    tiles,
    columns: 4,
    stem: `confused-${label}-as-${predicted}`,
  };
}

/** The network is asked again, so that no more masks need be kept than are shown. */
async function whereTaken(
  { experiment, model, classes }: OpenRun,
  { set }: SplitToExplain,
  index: number,
  { label, predicted }: ConfusedPixels,
) {
  const picture = await pictureOf(set, index);
  const truth = new Uint8Array(set.size ** 2);
  set.readMask!(index, truth, 0);
  const input = new Float32Array(picture.pixels.length);
  normalize(picture.pixels, input.length, normalizationTable(experiment.augment.normalize), input, 0);
  const said = saidClasses(predictAtOnce(model, input, 1, set.size), classes.length);
  return markedPicture(picture, (p) => truth[p] === label && said[p] === predicted, WRONG);
}
