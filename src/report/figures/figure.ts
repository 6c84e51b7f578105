/** A chart: what it shows, the numbers it is drawn from, and how, in the grammar of Vega-Lite. */
export interface Figure {
  /** Names its file beside a Markdown report, and its place in the page. */
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly data: readonly object[];
  /** It needs the room of two. */
  readonly isWide?: boolean;
  readonly spec: object;
}

/** Of the frame that a figure of a report is drawn in. */
export const SIZE = { width: 300, height: 220 };

/**
 * How many pixels a name may take before it is cut: two names that begin alike would be one. Vega, which cannot measure
 * text here, takes a letter for wider than it is.
 */
export const NAME_LIMIT = 480;

/** By Vega's names. */
export type PointShape = 'circle' | 'square' | 'triangle-up' | 'diamond';

/** How a config is told from the others. */
export interface ConfigStyle {
  /** A colour variable of the page. */
  readonly colour: string;
  /** Of its line, where colours repeat. */
  readonly dashes: readonly number[];
  /** Of its points, where colours repeat. */
  readonly shape: PointShape;
}

/** The style of the nth config. */
export function configStyle(index: number): ConfigStyle {
  const round = Math.floor(index / LINE_COLOURS) % ROUNDS.length;
  return { colour: `var(--line-${index % LINE_COLOURS})`, ...ROUNDS[round]! };
}

/** The styles of the configs, the same in every figure. */
export interface StyleScales {
  readonly color: object;
  readonly strokeDash: object;
  readonly shape: object;
  /** Of the legend, where a figure has one. */
  readonly columns: number;
}

export function styleScales(names: readonly string[]): StyleScales {
  const styles = names.map((_, index) => configStyle(index));
  const of = (range: readonly unknown[]): object => ({
    field: 'config',
    type: 'nominal',
    title: null,
    scale: { domain: names, range },
  });
  return {
    color: of(styles.map(({ colour }) => colour)),
    strokeDash: of(styles.map(({ dashes }) => dashes)),
    shape: of(styles.map(({ shape }) => shape)),
    columns: names.some((name) => name.length > 20) ? 1 : 2,
  };
}

// --- internal ---

const LINE_COLOURS = 8;
/** Each time that the colours begin again. */
const ROUNDS: readonly Pick<ConfigStyle, 'dashes' | 'shape'>[] = [
  { dashes: [], shape: 'circle' },
  { dashes: [6, 3], shape: 'square' },
  { dashes: [2, 2], shape: 'triangle-up' },
  { dashes: [8, 3, 2, 3], shape: 'diamond' },
];
