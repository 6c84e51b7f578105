// Products of small matrices whose sums stay in registers: the inner loop of Winograd's convolution.
#pragma once
#include <array>
#include <utility>

#include "base/simd.h"

namespace involve {

/** Columns of a product, of B and of C: two vectors. */
constexpr int COLUMNS = 2 * LANES;
/** Rows of a product, at most: their sums, a step of B and a value of A fill the registers. */
constexpr int MAX_ROWS = REGISTERS == 32 ? 14 : 6;
/** Floats of a cache line. */
constexpr int LINE = 16;

/** C[rows, COLUMNS] = A[rows, count] · B[count, COLUMNS], added to what is there if `add`. */
typedef void (*Multiply)(const float* a, const float* b, float* c, long count, bool add);

/**
 * The product of `Rows` rows: A's value (i, k) is a[i·RowStep + k·Step]. Both steps are known here, so that one
 * pointer reaches all rows. If `Ahead`, the rows after these are fetched meanwhile.
 */
template <int Rows, long RowStep, long Step, bool Ahead>
void multiply(const float* a, const float* b, float* c, long count, bool add) {
  vf sum[Rows][2] = {};
  const auto one = [&](long k) INVOLVE_INLINE_LAMBDA {
    const vf b0 = load(b + k * COLUMNS), b1 = load(b + k * COLUMNS + LANES);
    INVOLVE_UNROLL
    for (int i = 0; i < Rows; i++) {
      const vf value = splat(a[i * RowStep + k * Step]);
      sum[i][0] += value * b0;
      sum[i][1] += value * b1;
    }
  };
  for (; count >= LINE; count -= LINE, a += LINE * Step, b += LINE * COLUMNS) {
    if (Ahead) {
      INVOLVE_UNROLL
      for (int i = 0; i < Rows; i++) __builtin_prefetch(a + (Rows + i) * RowStep);
    }
    for (long k = 0; k < LINE; k += 4) {
      one(k);
      one(k + 1);
      one(k + 2);
      one(k + 3);
    }
  }
  for (long k = 0; k < count; k++) one(k);
  INVOLVE_UNROLL
  for (int i = 0; i < Rows; i++) {
    float* to = c + i * COLUMNS;
    store(to, add ? load(to) + sum[i][0] : sum[i][0]);
    store(to + LANES, add ? load(to + LANES) + sum[i][1] : sum[i][1]);
  }
}

template <long RowStep, long Step, bool Ahead, int... Rows>
constexpr std::array<Multiply, sizeof...(Rows)> multiplies(std::integer_sequence<int, Rows...>) {
  return {multiply<Rows + 1, RowStep, Step, Ahead>...};
}

/** Calls for 1, 2 … MAX_ROWS rows. */
template <long RowStep, long Step, bool Ahead>
constexpr std::array<Multiply, MAX_ROWS> multiplyRows =
    multiplies<RowStep, Step, Ahead>(std::make_integer_sequence<int, MAX_ROWS>());

}  // namespace involve
