/** Epochs that a run has finished and that have no row. */
export function missingEpochs(rows: readonly { readonly epoch: number }[], finished: number): number[] {
  const there = new Set(rows.map(({ epoch }) => epoch));
  return Array.from({ length: finished }, (_, index) => index + 1).filter((epoch) => !there.has(epoch));
}

/** `epochs 2, 5`: some of them, and how many there are. */
export function epochsText(epochs: readonly number[]): string {
  const some = epochs.slice(0, 5).join(', ');
  return `epoch${epochs.length === 1 ? '' : 's'} ${some}${epochs.length > 5 ? `, … (${epochs.length} in all)` : ''}`;
}
