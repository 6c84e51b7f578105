/** Something that costs and achieves. */
export interface TradeOff {
  readonly cost: number;
  readonly value: number;
}

/** Those that nothing beats: none costs no more and achieves more, or costs less and achieves as much. By cost. */
export function paretoFront<T extends TradeOff>(points: readonly T[]): T[] {
  const isBeaten = (point: T): boolean =>
    points.some(
      (other) =>
        other.cost <= point.cost &&
        other.value >= point.value &&
        (other.cost < point.cost || other.value > point.value),
    );
  return points.filter((point) => !isBeaten(point)).sort((a, b) => a.cost - b.cost);
}
