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

/** How the line of the nth config is drawn: a colour variable of the page, and dashes where colours repeat. */
export function lineStyle(index: number): { readonly colour: string; readonly dashes: readonly number[] } {
  return {
    colour: `var(--line-${index % LINE_COLOURS})`,
    dashes: DASHES[Math.floor(index / LINE_COLOURS) % DASHES.length],
  };
}

/** The colours and dashes of the configs, the same in every figure. */
export interface ColourScale {
  readonly color: object;
  readonly strokeDash: object;
  /** Of the legend, where a figure has one. */
  readonly columns: number;
}

export function colourScale(names: readonly string[]): ColourScale {
  const styles = names.map((_, index) => lineStyle(index));
  const of = (range: readonly unknown[]): object => ({
    field: 'config',
    type: 'nominal',
    title: null,
    scale: { domain: names, range },
  });
  return {
    color: of(styles.map(({ colour }) => colour)),
    strokeDash: of(styles.map(({ dashes }) => dashes)),
    columns: names.some((name) => name.length > 20) ? 1 : 2,
  };
}

// --- internal ---

const LINE_COLOURS = 8;
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]] as const;
