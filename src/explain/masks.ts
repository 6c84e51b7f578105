import { IGNORED } from '../data/target.js';
import { classColor } from '../data/masks/palette.js';
import { saidClasses } from '../tasks/segmentation/meters.js';
import { maskViews, paleView, predictionView, type ColorOf } from '../tasks/segmentation/pictures.js';
import { counted, percent } from '../util/number-text.js';
import { paint, type Picture } from './draw/picture.js';
import type { Panel, Tile } from './explanation.js';
import { pixelScore, type Score } from './grad-cam.js';

/** What a network says of each pixel of an image. */
export class MaskOfImage {
  /** Of each pixel its class, −1 for none. */
  readonly said: Int16Array;
  readonly #counts: readonly number[];

  /**
   * @param logits a number a class of each pixel
   * @param classes their names
   */
  constructor(
    logits: Float32Array,
    readonly classes: readonly string[],
  ) {
    this.said = saidClasses(logits, classes.length);
    const counts = classes.map(() => 0);
    for (const c of this.said) if (c >= 0) counts[c]!++;
    this.#counts = counts;
  }

  /** The class that most pixels are said to be; the first where none is said. */
  get mostSaid(): number {
    return this.#counts.indexOf(Math.max(...this.#counts));
  }

  /** Classes that are said of some pixel, by falling number of pixels. */
  get byShare(): readonly { readonly index: number; readonly share: number }[] {
    return this.#counts
      .map((count, index) => ({ index, share: count / this.said.length }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share);
  }

  /** The score of a class, over the pixels that are said to be it; over all of them where none is. */
  scoreOf(index: number): Score {
    const isNone = this.#counts[index] === 0;
    return pixelScore(
      index,
      Float32Array.from(this.said, (c) => (isNone || c === index ? 1 : 0)),
    );
  }

  /** Those pixels, in words. */
  pixelsOf(index: number): string {
    const count = this.#counts[index]!;
    if (count === 0) return 'over all pixels, since none is said to be it';
    return `over the ${counted(count, 'pixel')} said to be it (${percent(count / this.said.length)})`;
  }
}

/** What each pixel is said to be, what it is and where that differs, as far as it is known; and the largest classes alone. */
export function maskPanels(
  picture: Picture,
  mask: MaskOfImage,
  truth: Uint8Array | undefined,
): readonly Panel[] {
  const { classes, said } = mask;
  const shown = mask.byShare.slice(0, SHOWN);
  const ofClass = ({ index, share }: (typeof shown)[number]): Tile => ({
    picture: markedPicture(picture, (p) => said[p] === index, classColor(index)),
    caption: `${classes[index]!}: ${percent(share)}`,
  });
  return [
    {
      title: 'What each pixel is said to be',
      text:
        truth === undefined
          ? 'A colour a class, those of the pictures below; light where the network puts out no number.'
          : 'A colour a class, those of the pictures below; what is wrong is red, what counts for nothing light.',
      tiles: truth === undefined ? [tileOfPrediction(picture, said)] : comparisonTiles(picture, said, truth),
      columns: 3,
      stem: 'mask',
    },
    {
      title: 'The classes of most pixels',
      text: `Those that are said of most pixels, ${shown.length} of ${counted(mask.byShare.length, 'class', 'classes')}, with their share.`,
      tiles: shown.map(ofClass),
      columns: SHOWN,
      stem: 'classes',
    },
  ];
}

/** Truth, prediction and errors of an image. */
export function comparisonTiles(picture: Picture, said: Int16Array, truth: Uint8Array): Tile[] {
  const views = maskViews({ pixels: picture.pixels, truth, said });
  const counts = truth.reduce((sum, label) => sum + (label === IGNORED ? 0 : 1), 0);
  const right = truth.reduce((sum, label, p) => sum + (label !== IGNORED && label === said[p] ? 1 : 0), 0);
  return [
    { picture: viewed(picture, views.truth), caption: 'truth' },
    tileOfPrediction(picture, said),
    {
      picture: viewed(picture, views.errors),
      caption: counts === 0 ? 'no pixel counts' : `wrong: ${percent(1 - right / counts)} of the pixels`,
    },
  ];
}

/** An image with some of its pixels in a colour, the rest in light grey. */
export function markedPicture(
  picture: Picture,
  isMarked: (pixel: number) => boolean,
  colour: ReturnType<ColorOf>,
): Picture {
  const pale = paleView(picture.pixels);
  return viewed(picture, (p) => (isMarked(p) ? colour : pale(p)));
}

// --- internal ---

/** Classes that have a picture of their own. */
const SHOWN = 4;

function tileOfPrediction(picture: Picture, said: Int16Array): Tile {
  return { picture: viewed(picture, predictionView(said)), caption: 'prediction' };
}

function viewed({ width, height }: Picture, colorOf: ColorOf): Picture {
  return paint(width, height, (x, y) => colorOf(y * width + x));
}
