/** A point of a chart in pixels from its top left corner, and the name that is to stand beside it. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  /** Ends of the line through it, which no name should cross. */
  readonly top?: number;
  readonly bottom?: number;
  readonly text: string;
}

/** Where a name begins (`left`) or ends (`right`), from its point; `dy` is of its middle. */
export interface LabelPlace {
  readonly side: 'left' | 'right';
  readonly dx: number;
  readonly dy: number;
}

/** What a chart draws otherwise, in pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Finds a place for every name: beside its point, where there is room, else higher or lower or further away, so that it
 * covers no other name, no point, no line and nothing of `drawn`, and stays in the frame. Names in the thick of it choose first. Where nothing
 * is free, a name covers as little as it can.
 */
export function placeLabels(
  points: readonly Labelled[],
  width: number,
  height: number,
  drawn: readonly Box[] = [],
): LabelPlace[] {
  const dots = points.map(({ x, y }) => ({ left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }));
  const lines = points.map(({ x, y, top = y, bottom = y }) => ({ left: x - 1, right: x + 1, top, bottom }));
  const taken: Box[] = [];
  const places = new Map<Labelled, LabelPlace>();
  for (const point of byCrowd(points)) {
    const cover = (place: LabelPlace): number => {
      const box = boxOf(point, place);
      const outside = area(box) - common(box, { left: 0, right: width, top: 0, bottom: height });
      const names = taken.reduce((sum, other) => sum + common(box, other), 0);
      const marks = [...dots, ...lines, ...drawn].reduce((sum, other) => sum + common(box, other), 0);
      return WORST * (outside + names) + marks;
    };
    let best = PLACES[0]!;
    let least = Infinity;
    for (const place of PLACES) {
      const covered = cover(place);
      if (covered < least) [best, least] = [place, covered];
      if (covered === 0) break;
    }
    taken.push(boxOf(point, best));
    places.set(point, best);
  }
  return points.map((point) => places.get(point)!);
}

// --- internal ---

const LINE = 13;
const GAP = 9;
const DOT = 6;
/** A letter of 11 pixels, on the wide side. */
const LETTER = 6;
/** A name over a name, or cut off, is worse than one over a mark. */
const WORST = 20;

/** Nearest first: a line higher or lower before further to the side. */
const PLACES: readonly LabelPlace[] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  .flatMap((rows) => [-rows * LINE, rows * LINE].slice(rows === 0 ? 1 : 0))
  .flatMap((dy) => [GAP, 4 * GAP, 8 * GAP].map((dx) => ({ dx, dy, far: Math.hypot(dx - GAP, dy) })))
  .sort((a, b) => a.far - b.far)
  .flatMap(({ dx, dy }): LabelPlace[] => [
    { side: 'left', dx, dy },
    { side: 'right', dx: -dx, dy },
  ]);

/** The points with the most others about them first. */
function byCrowd(points: readonly Labelled[]): Labelled[] {
  const near = (a: Labelled, b: Labelled): boolean =>
    Math.abs(a.x - b.x) < 100 && Math.abs(a.y - b.y) < 2 * LINE;
  const crowd = new Map(points.map((point) => [point, points.filter((other) => near(point, other)).length]));
  return [...points].sort((a, b) => crowd.get(b)! - crowd.get(a)!);
}

function boxOf({ x, y, text }: Labelled, { side, dx, dy }: LabelPlace): Box {
  const length = LETTER * [...text].length;
  const left = side === 'left' ? x + dx : x + dx - length;
  return { left, right: left + length, top: y + dy - LINE / 2, bottom: y + dy + LINE / 2 };
}

function area({ left, right, top, bottom }: Box): number {
  return (right - left) * (bottom - top);
}

/** The area that two boxes share. */
function common(a: Box, b: Box): number {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return across > 0 && down > 0 ? across * down : 0;
}
