import type { Panel, SplitExplanation, Tile } from '../../explain/explanation.js';
import { HardestImages, type ConfusedPair, type JudgedImage } from '../../explain/hardest.js';
import { counted, fourDigits, percent } from '../../util/number-text.js';
import type { OpenRun } from '../open-run.js';
import { judgeSplit, OF_PAIR, PAIRS, pictureOf, SHOWN, type SplitToExplain } from './open-split.js';

/** The images of a split that the network is most wrong about. */
export async function explainHardestImages(
  opened: OpenRun,
  split: SplitToExplain,
  onProgress?: (done: number, total: number) => void,
): Promise<SplitExplanation> {
  const { classes } = opened;
  const judged = new HardestImages(classes.length, SHOWN);
  await judgeSplit(opened, split, ({ labels }, logits) => judged.add(labels, logits), onProgress);
  const tile = async (image: JudgedImage): Promise<Tile> => ({
    picture: await pictureOf(split.set, image.index),
    caption: captionOf(image, classes),
  });
  const panelOf = async (images: readonly JudgedImage[], said: Omit<Panel, 'tiles' | 'columns'>) => {
    const tiles: Tile[] = [];
    for (const image of images) tiles.push(await tile(image));
    return { ...said, tiles, columns: 4 };
  };
  const { count, hits } = judged;
  const confused: Panel[] = [];
  for (const pair of judged.confused(PAIRS)) {
    confused.push(await panelOf(pair.examples.slice(0, OF_PAIR), saidOf(pair, classes)));
  }
  return {
    title: `Hardest images of ${split.name}`,
    text: `${counted(count, 'image')}, ${percent(hits / count)} of them taken for what they are. The number of an image is its place in the split, from 0.`,
    hardest: await panelOf(judged.hardest(), {
      title: 'The largest loss',
      text: 'What each is, what it is taken for and how surely, and its loss.',
      stem: 'hardest',
    }),
    confused,
  };
}

// --- internal ---

function saidOf(
  { label, predicted, count, of }: ConfusedPair,
  classes: readonly string[],
): Omit<Panel, 'tiles' | 'columns'> {
  return {
    title: `${classes[label]!} taken for ${classes[predicted]!}: ${count} of ${counted(of, 'image')}`,
    text: 'Those with the largest loss.',
    stem: `confused-${label}-as-${predicted}`,
  };
}

function captionOf(
  { index, label, predicted, probability, loss }: JudgedImage,
  classes: readonly string[],
): string {
  const taken = label === predicted ? '' : `, taken for ${classes[predicted]!}`;
  return `${index}: ${classes[label]!}${taken} (${percent(probability)}), loss ${fourDigits(loss)}`;
}
