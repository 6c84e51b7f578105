// Vectors of floats by the compiler's vector extensions, which GCC and Clang lower to what the processor has.
#pragma once
#include <cstdint>
#include <cstring>

namespace involve {

#if defined(__AVX512F__)
constexpr int LANES = 16;
constexpr int REGISTERS = 32;
#elif defined(__AVX__)
constexpr int LANES = 8;
constexpr int REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int LANES = 4;
constexpr int REGISTERS = 32;
#else
constexpr int LANES = 4;
constexpr int REGISTERS = 16;
#endif

#if defined(__clang__)
#define INVOLVE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define INVOLVE_UNROLL _Pragma("GCC unroll 64")
#endif
#define INVOLVE_INLINE inline __attribute__((always_inline))
#define INVOLVE_INLINE_LAMBDA __attribute__((always_inline))

typedef float v4 __attribute__((vector_size(16)));
typedef float v4u __attribute__((vector_size(16), aligned(4), may_alias));
#if defined(__AVX__)
typedef float v8 __attribute__((vector_size(32)));
typedef float v8u __attribute__((vector_size(32), aligned(4), may_alias));
#else
typedef v4 v8;
typedef v4u v8u;
#endif
/** As wide as the processor has them. */
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef float vfu __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));

static INVOLVE_INLINE vf load(const float* p) { return *reinterpret_cast<const vfu*>(p); }
static INVOLVE_INLINE v8 load8(const float* p) { return *reinterpret_cast<const v8u*>(p); }
static INVOLVE_INLINE v4 load4(const float* p) { return *reinterpret_cast<const v4u*>(p); }
static INVOLVE_INLINE void store(float* p, vf v) { *reinterpret_cast<vfu*>(p) = v; }
static INVOLVE_INLINE void store8(float* p, v8 v) { *reinterpret_cast<v8u*>(p) = v; }
static INVOLVE_INLINE void store4(float* p, v4 v) { *reinterpret_cast<v4u*>(p) = v; }
/** The first `lanes` values, zeros after them. */
static INVOLVE_INLINE vf loadPart(const float* p, long lanes) {
  vf v{};
  memcpy(&v, p, lanes * sizeof(float));
  return v;
}
static INVOLVE_INLINE void storePart(float* p, vf v, long lanes) { memcpy(p, &v, lanes * sizeof(float)); }
/** x − 0 is x whatever x is, −0 too, so compilers leave nothing of it but a load to all lanes. */
static INVOLVE_INLINE vf splat(float x) { return x - vf{}; }

/** Sums of lanes that lie 4, 8, 12 … apart. */
static INVOLVE_INLINE v4 fold(v4 v) { return v; }
#if defined(__AVX__)
static INVOLVE_INLINE v4 fold(v8 v) {
  v4 low, high;
  memcpy(&low, &v, 16);
  memcpy(&high, reinterpret_cast<const char*>(&v) + 16, 16);
  return low + high;
}
#endif
#if defined(__AVX512F__)
static INVOLVE_INLINE v8 halve(vf v) {
  v8 low, high;
  memcpy(&low, &v, 32);
  memcpy(&high, reinterpret_cast<const char*>(&v) + 32, 32);
  return low + high;
}
static INVOLVE_INLINE v4 fold(vf v) { return fold(halve(v)); }
#endif

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define INVOLVE_SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#endif
#endif
#if !defined(INVOLVE_SHUFFLE)
typedef int32_t v4i __attribute__((vector_size(16)));
#define INVOLVE_SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, v4i{i, j, k, l})
#endif

/** The sum of each of four vectors. */
static INVOLVE_INLINE v4 sums(v4 a, v4 b, v4 c, v4 d) {
  const v4 ab = INVOLVE_SHUFFLE(a, b, 0, 4, 1, 5) + INVOLVE_SHUFFLE(a, b, 2, 6, 3, 7);
  const v4 cd = INVOLVE_SHUFFLE(c, d, 0, 4, 1, 5) + INVOLVE_SHUFFLE(c, d, 2, 6, 3, 7);
  return INVOLVE_SHUFFLE(ab, cd, 0, 1, 4, 5) + INVOLVE_SHUFFLE(ab, cd, 2, 3, 6, 7);
}

/** eˣ within 2 units in the last place; what overflows or vanishes is held at e^±87. A NaN stays one. */
static INVOLVE_INLINE vf exponential(vf x) {
  x = x < -87.f ? splat(-87.f) : x;
  x = x > 87.f ? splat(87.f) : x;
  // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
  const vf shifted = x * 1.44269504f + 12582912.f;
  const vf k = shifted - 12582912.f;
  const vf r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  vf p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  return p * (vf)(((vi)shifted - 0x4B400000 + 127) << 23);
}

static INVOLVE_INLINE vf sigmoid(vf x) { return 1.f / (exponential(-x) + 1.f); }

/** φ(x), the density of the normal distribution. */
static INVOLVE_INLINE vf normalDensity(vf x) { return 0.3989422804f * exponential(-0.5f * x * x); }

/** Φ(x) of x and φ(x), absolute error below 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
static INVOLVE_INLINE vf normalCumulative(vf x, vf density) {
  const vf t = 1.f / (1.f + 0.2316419f * (x < 0.f ? -x : x));
  vf p = t * 1.330274429f - 1.821255978f;
  p = p * t + 1.781477937f;
  p = p * t - 0.356563782f;
  p = p * t + 0.319381530f;
  const vf tail = p * t * density;
  return x > 0.f ? 1.f - tail : tail;
}

static INVOLVE_INLINE vf gelu(vf x) { return x * normalCumulative(x, normalDensity(x)); }
static INVOLVE_INLINE vf geluSlope(vf x) {
  const vf density = normalDensity(x);
  return normalCumulative(x, density) + x * density;
}
/** One value, by the same arithmetic. */
static INVOLVE_INLINE float gelu(float x) { return gelu(splat(x))[0]; }
static INVOLVE_INLINE float geluSlope(float x) { return geluSlope(splat(x))[0]; }

/** Calls f(offset) so that vectors at the offsets cover [0, count); the last may overlap. Needs count ≥ LANES. */
template <class F>
static INVOLVE_INLINE void cover(long count, const F& f) {
  long i = 0;
  for (; i + LANES <= count; i += LANES) f(i);
  if (i < count) f(count - LANES);
}

}  // namespace involve
