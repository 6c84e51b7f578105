// The transforms of Winograd's convolution F(4×4, 3×3): Lavin and Gray 2016, "Fast algorithms for convolutional neural
// networks", section 4.3, built by Toom and Cook's method on the points 0, ±a, ±b and ∞.
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A      d: 6×6 of the image, g: 3×3 of the filter, Y: 4×4 of the output
//
// and, adjoint to it, the gradient to the filter: dg = Gᵀ [ (A dY Aᵀ) ⊙ (Bᵀ d B) ] G.
//
// With a = 5/8 and b = 3/2 the rounding error is twice that of a direct sum; with the customary 1 and 2 it is five
// times as much. All constants of A and B are exact in float32.
#pragma once
#include "base/simd.h"

namespace involve {
namespace winograd {

constexpr double a = 5.0 / 8, b = 3.0 / 2, aa = a * a, bb = b * b;
constexpr double n0 = 1 / (aa * bb), na = 1 / (2 * aa * (aa - bb)), nb = 1 / (2 * bb * (bb - aa));

static INVOLVE_INLINE vf times(double c, vf x) { return static_cast<float>(c) * x; }

// Each is one matrix times a vector; values at ±p share their even and their odd part.

/** Bᵀ: a line of the image. */
struct InputTransform {
  static constexpr int from = 6, to = 6;
  static INVOLVE_INLINE void line(const vf* d, vf* t) {
    const vf ea = d[4] - times(bb, d[2]), oa = d[3] - times(bb, d[1]);
    const vf eb = d[4] - times(aa, d[2]), ob = d[3] - times(aa, d[1]);
    t[0] = times(aa * bb, d[0]) + (d[4] - times(aa + bb, d[2]));
    t[1] = ea + times(a, oa);
    t[2] = ea - times(a, oa);
    t[3] = eb + times(b, ob);
    t[4] = eb - times(b, ob);
    t[5] = times(aa * bb, d[1]) + (d[5] - times(aa + bb, d[3]));
  }
};

/** G: a line of the filter. */
struct FilterTransform {
  static constexpr int from = 3, to = 6;
  static INVOLVE_INLINE void line(const vf* g, vf* t) {
    const vf ea = times(na * aa, g[2]) + times(na, g[0]), eb = times(nb * bb, g[2]) + times(nb, g[0]);
    t[0] = times(n0, g[0]);
    t[1] = ea + times(na * a, g[1]);
    t[2] = ea - times(na * a, g[1]);
    t[3] = eb + times(nb * b, g[1]);
    t[4] = eb - times(nb * b, g[1]);
    t[5] = g[2];
  }
};

/** Aᵀ: products to a line of the output. */
struct OutputTransform {
  static constexpr int from = 6, to = 4;
  static INVOLVE_INLINE void line(const vf* m, vf* y) {
    const vf sa = m[1] + m[2], da = m[1] - m[2], sb = m[3] + m[4], db = m[3] - m[4];
    y[0] = m[0] + (sa + sb);
    y[1] = times(a, da) + times(b, db);
    y[2] = times(aa, sa) + times(bb, sb);
    y[3] = times(aa * a, da) + (times(bb * b, db) + m[5]);
  }
};

/** A: a line of the gradient to the output. */
struct OutputGradTransform {
  static constexpr int from = 4, to = 6;
  static INVOLVE_INLINE void line(const vf* y, vf* t) {
    const vf ea = times(aa, y[2]) + y[0], oa = times(aa, y[3]) + y[1];
    const vf eb = times(bb, y[2]) + y[0], ob = times(bb, y[3]) + y[1];
    t[0] = y[0];
    t[1] = ea + times(a, oa);
    t[2] = ea - times(a, oa);
    t[3] = eb + times(b, ob);
    t[4] = eb - times(b, ob);
    t[5] = y[3];
  }
};

/** Gᵀ: products to a line of the gradient to the filter. */
struct FilterGradTransform {
  static constexpr int from = 6, to = 3;
  static INVOLVE_INLINE void line(const vf* m, vf* g) {
    const vf sa = m[1] + m[2], da = m[1] - m[2], sb = m[3] + m[4], db = m[3] - m[4];
    g[0] = times(n0, m[0]) + (times(na, sa) + times(nb, sb));
    g[1] = times(na * a, da) + times(nb * b, db);
    g[2] = times(na * aa, sa) + (times(nb * bb, sb) + m[5]);
  }
};

/** M x Mᵀ, for as many channels as there are lanes: reads value (i, j) by get(i, j), gives results to put(i, j, v). */
template <class Matrix, class Get, class Put>
static INVOLVE_INLINE void square(const Get& get, const Put& put) {
  vf between[Matrix::from][Matrix::to];
  INVOLVE_UNROLL
  for (int j = 0; j < Matrix::from; j++) {
    vf column[Matrix::from];
    INVOLVE_UNROLL
    for (int i = 0; i < Matrix::from; i++) column[i] = get(i, j);
    Matrix::line(column, between[j]);
  }
  INVOLVE_UNROLL
  for (int i = 0; i < Matrix::to; i++) {
    vf row[Matrix::from], result[Matrix::to];
    INVOLVE_UNROLL
    for (int j = 0; j < Matrix::from; j++) row[j] = between[j][i];
    Matrix::line(row, result);
    INVOLVE_UNROLL
    for (int j = 0; j < Matrix::to; j++) put(i, j, result[j]);
  }
}

}  // namespace winograd
}  // namespace involve
