// Products of bfloat16 with sums of float32 by the tiles of Intel's AMX: 16×16 sums take 16 rows of 32 values and 32 rows
// of 16 values, which lie in pairs (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
// Only where the compiler builds for a processor that has them.
#pragma once
#if defined(__AMX_TILE__) && defined(__AMX_BF16__) && defined(__AVX512BF16__) && defined(__linux__)
#define INVOLVE_HAS_TILES 1
#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "base/sizes.h"

namespace involve {
namespace bfloat16 {

typedef uint16_t half;

/** Rows and columns of a tile of sums, and values of a row of what is multiplied. */
constexpr long SIDE = 16, DEPTH = 32;

/** The tiles of a thread while the object lives: 0 to 3 hold sums, 4 and 5 rows of A, 6 and 7 pairs of rows of B. */
class Tiles {
 public:
  Tiles() {
    struct alignas(64) {
      uint8_t palette = 1, startRow = 0, reserved[14] = {};
      uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } shapes;
    _tile_loadconfig(&shapes);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

/** The first `count` lanes; none below zero, all from 16 on. */
static inline __mmask16 lanes(long count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}

/** 16 values, rounded to the nearest, each in the lower half of a lane. */
static inline __m512i rounded(__m512 values) {
  return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
}

/** Pairs of two rows, the first in the lower halves. */
static inline __m512i paired(__m512 first, __m512 second) {
  return _mm512_or_si512(rounded(first), _mm512_slli_epi32(rounded(second), 16));
}

/** `count` values, rounded to the nearest, and zeros up to `padded`, a multiple of 16. */
static inline void round(const float* from, long count, long padded, half* to) {
  for (long i = 0; i < padded; i += 16) {
    const __m512 values = _mm512_maskz_loadu_ps(lanes(count - i), from + i);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)));
  }
}

/** Rows to columns, of 16×16 lanes. */
static inline void transpose(__m512i rows[16]) {
  __m512i a[16], b[16];
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    b[i] = _mm512_unpacklo_epi64(a[i], a[i + 2]);
    b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 2]);
    b[i + 2] = _mm512_unpacklo_epi64(a[i + 1], a[i + 3]);
    b[i + 3] = _mm512_unpackhi_epi64(a[i + 1], a[i + 3]);
  }
  // b[4g + c] has, of each quarter q, column 4q + c of the rows 4g to 4g + 3.
  for (int c = 0; c < 4; c++) {
    const __m512i low02 = _mm512_shuffle_i32x4(b[c], b[4 + c], 0x88), high02 = _mm512_shuffle_i32x4(b[c], b[4 + c], 0xdd);
    const __m512i low13 = _mm512_shuffle_i32x4(b[8 + c], b[12 + c], 0x88),
                  high13 = _mm512_shuffle_i32x4(b[8 + c], b[12 + c], 0xdd);
    rows[c] = _mm512_shuffle_i32x4(low02, low13, 0x88);
    rows[4 + c] = _mm512_shuffle_i32x4(high02, high13, 0x88);
    rows[8 + c] = _mm512_shuffle_i32x4(low02, low13, 0xdd);
    rows[12 + c] = _mm512_shuffle_i32x4(high02, high13, 0xdd);
  }
}

}  // namespace bfloat16
}  // namespace involve
#endif
