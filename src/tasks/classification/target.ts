/** One-hot rows, smoothed: 1 − s + s/N for the class, s/N for the others (Szegedy et al. 2016, section 7). */
export function softLabels(labels: Int32Array, classes: number, smoothing: number): Float32Array {
  const rows = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, b) => (rows[b * classes + label] += 1 - smoothing));
  return rows;
}

/** The class with the largest share in each row of soft labels; the image's own where another has as much. */
export function heaviestLabels(
  labels: Int32Array,
  rows: Float32Array | Int32Array,
  classes: number,
): Int32Array {
  return labels.map((label, b) => {
    let heaviest = label;
    for (let c = 0; c < classes; c++) {
      if (rows[b * classes + c]! > rows[b * classes + heaviest]!) heaviest = c;
    }
    return heaviest;
  });
}
