/** A point of a chart in pixels from its top left corner, and the name that is to stand beside it. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a name begins (`left`) or ends (`right`), from its point; `dy` is of its middle. */
export interface LabelPlace {
  readonly side: 'left' | 'right';
  readonly dx: number;
  readonly dy: number;
}

/**
 * Finds a place for every name: beside its point, where there is room, else higher or lower, so that it
 * covers no other name and no point and stays in the frame. Where nothing is free names overlap.
 */
export function placeLabels(points: readonly Labelled[], width: number, height: number): LabelPlace[] {
  const dots = points.map(({ x, y }) => ({ left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }));
  const taken: Box[] = [];
  return points.map((point) => {
    const places = STEPS.flatMap((dy) =>
      (['left', 'right'] as const).map((side) => ({ side, dx: side === 'left' ? GAP : -GAP, dy })),
    );
    const isFree = (place: LabelPlace): boolean => {
      const box = boxOf(point, place);
      const isInside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height;
      return isInside && ![...dots, ...taken].some((other) => overlap(box, other));
    };
    const place = places.find(isFree) ?? places[point.x < width / 2 ? 0 : 1];
    taken.push(boxOf(point, place));
    return place;
  });
}

// --- internal ---

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const LINE = 13;
/** Nearest first. */
const STEPS = [0, -LINE, LINE, -2 * LINE, 2 * LINE, -3 * LINE, 3 * LINE];
const GAP = 9;
const DOT = 6;
/** A letter of 11 pixels, on the wide side. */
const LETTER = 6;

function boxOf({ x, y, text }: Labelled, { side, dx, dy }: LabelPlace): Box {
  const length = LETTER * [...text].length;
  const left = side === 'left' ? x + dx : x + dx - length;
  return { left, right: left + length, top: y + dy - LINE / 2, bottom: y + dy + LINE / 2 };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
