// The arithmetic of involution at one place.
#pragma once
#include <vector>

#include "base/simd.h"

namespace involve {

/** Offsets of a place's taps along one axis, into the values and into the kernels. */
struct Reach {
  int count = 0;
  long values[64];
  long kernels[64];
};

/** Widths of groups that a block of channels may have: multiples of 4 up to this. */
constexpr int WIDEST = 64;

/**
 * y = Σ over the taps of kernel · value, for `Groups` groups of `Width` channels, which lie `spread` apart in the
 * values and in y, and `taps` apart in the kernel.
 */
template <int Groups, int Width>
static void weigh(const Reach& rows, const Reach& columns, const float* values, const float* kernel, long taps,
                  long spread, float* y) {
  constexpr int N = Width / LANES;
  constexpr bool has8 = LANES > 8 && Width % LANES >= 8;
  constexpr bool has4 = LANES > 4 && Width % 8 >= 4;
  vf sum[Groups][N > 0 ? N : 1];
  v8 sum8[Groups];
  v4 sum4[Groups];
  INVOLVE_UNROLL
  for (int g = 0; g < Groups; g++) {
    INVOLVE_UNROLL
    for (int n = 0; n < N; n++) sum[g][n] = vf{};
    sum8[g] = v8{};
    sum4[g] = v4{};
  }
  for (int r = 0; r < rows.count; r++) {
    const float* valueRow = values + rows.values[r];
    const float* kernelRow = kernel + rows.kernels[r];
    for (int c = 0; c < columns.count; c++) {
      const float* value = valueRow + columns.values[c];
      const float* weight = kernelRow + columns.kernels[c];
      INVOLVE_UNROLL
      for (int g = 0; g < Groups; g++) {
        const float w = weight[g * taps];
        const float* from = value + g * spread;
        INVOLVE_UNROLL
        for (int n = 0; n < N; n++) sum[g][n] += w * load(from + n * LANES);
        if constexpr (has8) sum8[g] += w * load8(from + N * LANES);
        if constexpr (has4) sum4[g] += w * load4(from + Width - 4);
      }
    }
  }
  INVOLVE_UNROLL
  for (int g = 0; g < Groups; g++) {
    float* to = y + g * spread;
    INVOLVE_UNROLL
    for (int n = 0; n < N; n++) store(to + n * LANES, sum[g][n]);
    if constexpr (has8) store8(to + N * LANES, sum8[g]);
    if constexpr (has4) store4(to + Width - 4, sum4[g]);
  }
}

typedef void (*Weigh)(const Reach&, const Reach&, const float*, const float*, long, long, float*);

/** As many groups at a time as registers hold. */
template <int Width>
constexpr int together = 4 * ((Width + LANES - 1) / LANES + (Width % LANES ? 1 : 0)) <= REGISTERS - 6 ? 4 : 1;

template <int Width>
static Weigh chooseWeigh(int width, bool one) {
  if constexpr (Width > WIDEST) {
    return nullptr;
  } else {
    if (width == Width) return one ? weigh<1, Width> : weigh<together<Width>, Width>;
    return chooseWeigh<Width + 4>(width, one);
  }
}

template <int Width>
static int chooseTogether(int width) {
  if constexpr (Width > WIDEST) {
    return 1;
  } else {
    return width == Width ? together<Width> : chooseTogether<Width + 4>(width);
  }
}

/** Channels that are worked on together. */
struct Block {
  Weigh weigh;
  /** The first of its groups, how many, and the first of its channels. */
  long group;
  int groups;
  long channel;
};

/** Splits the channels into blocks; empty where groups have no multiple of 4 channels. */
static inline std::vector<Block> blocksOf(long groups, long perGroup) {
  std::vector<Block> blocks;
  if (perGroup % 4) return blocks;
  if (perGroup <= WIDEST) {
    const int width = static_cast<int>(perGroup);
    const int step = chooseTogether<4>(width);
    for (long g = 0; g < groups;) {
      const bool one = g + step > groups;
      blocks.push_back({chooseWeigh<4>(width, one), g, one ? 1 : step, g * perGroup});
      g += one ? 1 : step;
    }
    return blocks;
  }
  for (long g = 0; g < groups; g++)
    for (long c = 0; c < perGroup; c += WIDEST) {
      const int width = static_cast<int>(perGroup - c < WIDEST ? perGroup - c : WIDEST);
      blocks.push_back({chooseWeigh<4>(width, true), g, 1, g * perGroup + c});
    }
  return blocks;
}

/** The product of `query` with four vectors of `Width` values (or `width`, a multiple of 4, where Width is 0). */
template <int Width>
static INVOLVE_INLINE v4 dots(const float* query, const float* a, const float* b, const float* c, const float* d,
                              int width) {
  const int count = Width ? Width : width;
  vf s[4] = {};
  int i = 0;
  for (; i + LANES <= count; i += LANES) {
    const vf q = load(query + i);
    s[0] += q * load(a + i);
    s[1] += q * load(b + i);
    s[2] += q * load(c + i);
    s[3] += q * load(d + i);
  }
  v4 t[4];
#if defined(__AVX512F__)
  v8 h[4] = {halve(s[0]), halve(s[1]), halve(s[2]), halve(s[3])};
  if (i + 8 <= count) {
    const v8 q = load8(query + i);
    h[0] += q * load8(a + i);
    h[1] += q * load8(b + i);
    h[2] += q * load8(c + i);
    h[3] += q * load8(d + i);
    i += 8;
  }
  INVOLVE_UNROLL
  for (int n = 0; n < 4; n++) t[n] = fold(h[n]);
#else
  INVOLVE_UNROLL
  for (int n = 0; n < 4; n++) t[n] = fold(s[n]);
#endif
  if (i < count) {
    const v4 q = load4(query + i);
    t[0] += q * load4(a + i);
    t[1] += q * load4(b + i);
    t[2] += q * load4(c + i);
    t[3] += q * load4(d + i);
  }
  return sums(t[0], t[1], t[2], t[3]);
}

/**
 * products[g·taps + t] = query · place[t] over the channels of each group. `place` has room to the next multiple of 4
 * of the taps, and points at zeros where there is nothing.
 */
template <int Width>
static void multiply(const float* query, const float* const* place, int taps, long groups, int width,
                     float* products) {
  for (long g = 0; g < groups; g++) {
    const long at = g * (Width ? Width : width);
    float* to = products + g * taps;
    for (int t = 0; t < taps; t += 4) {
      const v4 four =
          dots<Width>(query + at, place[t] + at, place[t + 1] + at, place[t + 2] + at, place[t + 3] + at, width);
      if (t + 4 <= taps) store4(to + t, four);
      else
        for (int n = 0; t + n < taps; n++) to[t + n] = four[n];
    }
  }
}

typedef void (*Multiply)(const float*, const float* const*, int, long, int, float*);

template <int Width>
static Multiply chooseMultiply(int width) {
  if constexpr (Width > WIDEST) {
    return multiply<0>;
  } else {
    return width == Width ? multiply<Width> : chooseMultiply<Width + 4>(width);
  }
}

}  // namespace involve
