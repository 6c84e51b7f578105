/** −log softmax(row)[label], in float64. */
export function crossEntropy(row: Float32Array, label: number): number {
  let highest = -Infinity;
  for (const z of row) if (z > highest) highest = z;
  let sum = 0;
  for (const z of row) sum += Math.exp(z - highest);
  return Math.log(sum) + highest - row[label];
}
