import type { Picture } from './draw/picture.js';
import type { LayerStatistics } from './layer-statistics.js';

/** A picture with what it shows. */
export interface Tile {
  readonly picture: Picture;
  readonly caption: string;
}

/** Pictures that belong together. */
export interface Panel {
  readonly title: string;
  /** How to read them. */
  readonly text: string;
  readonly tiles: readonly Tile[];
  /** Of a row, where rows have a meaning. */
  readonly columns: number;
  /** What its file is called, after the image: `stage3-block2-involution-kernels`. */
  readonly stem: string;
}

/** What a network makes of one image. */
export interface ImageExplanation {
  readonly name: string;
  /** As the network sees it. */
  readonly picture: Picture;
  /** The same with the places whose kernels and attention are drawn. */
  readonly framed: Picture;
  /** What is predicted, a line an answer. */
  readonly prediction: readonly string[];
  readonly panels: readonly Panel[];
}

/** Images of a split that the network is most wrong about. */
export interface SplitExplanation {
  readonly title: string;
  readonly text: string;
  readonly hardest: Panel;
  readonly confused: readonly Panel[];
}

/** All that a page shows. */
export interface Explanation {
  readonly title: string;
  /** The run, its checkpoint, the engine. */
  readonly subject: string;
  /** What a reader should know before anything else. */
  readonly notes: readonly string[];
  readonly images: readonly ImageExplanation[];
  readonly split: SplitExplanation | undefined;
  readonly statistics: readonly LayerStatistics[];
}
