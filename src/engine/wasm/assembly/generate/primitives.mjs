// Small functions that every kernel inlines. They are generated because `@inline` is no TypeScript.
const inline = (text) => `// @ts-ignore: decorator\n@inline\nexport function ${text}\n`;

export const generate = () =>
  [
    // a·b + c: fused where relaxed SIMD is enabled.
    `fma(a: v128, b: v128, c: v128): v128 {
      if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
      return f32x4.add(f32x4.mul(a, b), c);
    }`,
    // c − a·b
    `fnma(a: v128, b: v128, c: v128): v128 {
      if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
      return f32x4.sub(c, f32x4.mul(a, b));
    }`,
    `imin(a: i32, b: i32): i32 { return a < b ? a : b; }`,
    `imax(a: i32, b: i32): i32 { return a > b ? a : b; }`,
    // The next piece of work: a counter at address 64 that the pool sets to zero.
    `nextItem(): i32 { return atomic.add<i32>(64, 1); }`,
    `sumLanes(a: v128): f32 {
      return (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1)) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
    }`,
    // e^x for x in [−87, 87] (clamped), relative error below 2e-7: x = n·ln 2 + r by adding 1.5·2²³,
    // which rounds without f32x4.nearest (slow on x64); the polynomial is that of Cephes' expf.
    `exp4(a: v128): v128 {
      const x = f32x4.pmax(f32x4.splat(-87.3), f32x4.pmin(f32x4.splat(88.3), a));
      const t = fma(x, f32x4.splat(1.44269504088896341), f32x4.splat(12582912));
      const n = f32x4.sub(t, f32x4.splat(12582912));
      const r = fma(n, f32x4.splat(2.12194440e-4), fma(n, f32x4.splat(-0.693359375), x));
      let p = fma(r, f32x4.splat(1.9875691500e-4), f32x4.splat(1.3981999507e-3));
      p = fma(p, r, f32x4.splat(8.3334519073e-3));
      p = fma(p, r, f32x4.splat(4.1665795894e-2));
      p = fma(p, r, f32x4.splat(1.6666665459e-1));
      p = fma(p, r, f32x4.splat(5.0000001201e-1));
      p = fma(p, f32x4.mul(r, r), f32x4.add(r, f32x4.splat(1)));
      return i32x4.add(p, i32x4.shl(t, 23));
    }`,
    // e^x for every x: outside the range of exp4, and for NaN, the values are ∞, 0 and NaN.
    `expAll4(x: v128): v128 {
      let y = exp4(x);
      y = v128.bitselect(f32x4.splat(Infinity), y, f32x4.gt(x, f32x4.splat(88.3)));
      y = v128.bitselect(f32x4.splat(0), y, f32x4.lt(x, f32x4.splat(-87.3)));
      return v128.bitselect(y, x, f32x4.eq(x, x));
    }`,
    // e^−x for the sigmoid: fewer steps than exp4, a minimax polynomial (relative error 9e-8 before
    // rounding), r = x + n·ln 2 in one step. NaN comes through.
    `expNegative4(a: v128): v128 {
      const x = f32x4.pmax(f32x4.pmin(a, f32x4.splat(87)), f32x4.splat(-87));
      const t = fma(x, f32x4.splat(-1.44269504088896341), f32x4.splat(12582912));
      const r = fma(f32x4.sub(t, f32x4.splat(12582912)), f32x4.splat(0.69314718055994531), x);
      let p = fma(r, f32x4.splat(-0.008290229365229607), f32x4.splat(0.04189838841557503));
      p = fma(p, r, f32x4.splat(-0.16667640209197998));
      p = fma(p, r, f32x4.splat(0.49999144673347473));
      p = fma(p, r, f32x4.splat(-0.9999997019767761));
      p = fma(p, r, f32x4.splat(1));
      return i32x4.add(p, i32x4.shl(t, 23));
    }`,
    `sigmoid4(x: v128): v128 {
      return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), expNegative4(x)));
    }`,
    `swish4(x: v128): v128 {
      return f32x4.div(x, f32x4.add(f32x4.splat(1), expNegative4(x)));
    }`,
    // φ(x), the density of the normal distribution.
    `density4(x: v128): v128 {
      return f32x4.mul(f32x4.splat(0.3989422804), exp4(f32x4.mul(f32x4.splat(-0.5), f32x4.mul(x, x))));
    }`,
    // Φ(x) of x and φ(x), absolute error below 1e-7 (Abramowitz and Stegun 1964, 26.2.17).
    `cumulative4(x: v128, density: v128): v128 {
      const t = f32x4.div(f32x4.splat(1), fma(f32x4.splat(0.2316419), f32x4.abs(x), f32x4.splat(1)));
      let p = fma(t, f32x4.splat(1.330274429), f32x4.splat(-1.821255978));
      p = fma(p, t, f32x4.splat(1.781477937));
      p = fma(p, t, f32x4.splat(-0.356563782));
      p = fma(p, t, f32x4.splat(0.319381530));
      const tail = f32x4.mul(f32x4.mul(p, t), density);
      return v128.bitselect(f32x4.sub(f32x4.splat(1), tail), tail, f32x4.gt(x, f32x4.splat(0)));
    }`,
    `gelu4(x: v128): v128 {
      return f32x4.mul(x, cumulative4(x, density4(x)));
    }`,
    `geluSlope4(x: v128): v128 {
      const density = density4(x);
      return fma(x, density, cumulative4(x, density));
    }`,
  ]
    .map(inline)
    .join('\n') +
  `
// Reads a word of every cache line of what is about to be used out of order. That is a prefetch: the
// loads do not wait for each other, and their order suits the hardware's own prefetching. It makes
// kernels whose tensors come from memory up to 1.6 times faster. (The sum is stored so that no
// compiler drops the loads; each thread has a line of its own for it.)
export function touch(tid: i32, from: usize, bytes: i32): void {
  let sum = 0;
  for (let i = 0; i < bytes; i += 64) sum |= load<i32>(from + i);
  store<i32>(4096 + ((tid & 511) << 6), sum);
}

// The same for \`count\` pieces, \`stride\` bytes apart.
export function touchPieces(tid: i32, from: usize, bytes: i32, count: i32, stride: i32): void {
  let sum = 0;
  for (let n = count; n > 0; n--, from += stride) {
    for (let i = 0; i < bytes; i += 64) sum |= load<i32>(from + i);
    sum |= load<i32>(from + bytes - 4);
  }
  store<i32>(4096 + ((tid & 511) << 6), sum);
}

// Zeros into bytes [first, last) of each of \`width\` pixels of \`size\` bytes.
export function clearRow(row: usize, width: i32, size: i32, first: i32, last: i32): void {
  if (last - first == size) memory.fill(row, 0, width * size);
  else for (let i = 0; i < width; i++) memory.fill(row + i * size + first, 0, last - first);
}

// The first w lanes of v (w at most 4), added to what is there if \`add\`.
export function storePart(p: usize, v: v128, w: i32): void {
  if (w >= 4) { v128.store(p, v); return; }
  if (w > 0) store<f32>(p, f32x4.extract_lane(v, 0));
  if (w > 1) store<f32>(p, f32x4.extract_lane(v, 1), 4);
  if (w > 2) store<f32>(p, f32x4.extract_lane(v, 2), 8);
}
`;
