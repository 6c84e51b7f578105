/**
 * Lines of a table, columns two spaces apart.
 * @param left how many columns from the left hold words; the others hold numbers and are aligned to the right
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  return [head, ...rows].map((cells) =>
    cells
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
