// Batch normalisation in training with the activation fused (Ioffe and Szegedy 2015, algorithm 1), and its gradient.
// Statistics are exact: sums of a piece of the rows in float32 around the piece's own mean, pieces joined in float64.
#include <cmath>
#include <cstring>
#include <memory>
#include <string>

#include "op.h"
#include "pool.h"
#include "simd.h"

namespace involve {
namespace {

enum Activation { NONE = 0, RELU = 1, SWISH = 2, GELU = 3 };

/** Rows of a piece: what fits into the cache of a core. Depends on nothing but the channels. */
long rowsOfPiece(long channels) {
  const long rows = 32768 / channels;
  return rows < 8 ? 8 : rows;
}

/** Sums over rows of f(row, channel), into `sum`: four rows at a time, one chain of additions each. */
template <class Vector, class F>
INVOLVE_INLINE Vector sumRows(long begin, long end, const F& f) {
  Vector a{}, b{}, c{}, d{};
  long r = begin;
  for (; r + 4 <= end; r += 4) {
    a += f(r);
    b += f(r + 1);
    c += f(r + 2);
    d += f(r + 3);
  }
  for (; r < end; r++) a += f(r);
  return (a + b) + (c + d);
}

template <int A>
INVOLVE_INLINE vf activate(vf z) {
  if (A == SWISH) return z * sigmoid(z);
  if (A == GELU) return gelu(z);
  // Written so that a NaN comes through.
  return A == RELU ? (z < 0.f ? vf{} : z) : z;
}
template <int A>
INVOLVE_INLINE float activate(float z) {
  if (A == SWISH) return z / (1.f + std::exp(-z));
  if (A == GELU) return gelu(z);
  return A == RELU ? (z < 0.f ? 0.f : z) : z;
}
template <int A>
INVOLVE_INLINE vf pull(vf dy, vf z) {
  if (A == SWISH) {
    const vf s = sigmoid(z);
    return dy * s * (1.f + z * (1.f - s));
  }
  if (A == GELU) return dy * geluSlope(z);
  return A == RELU ? (z > 0.f ? dy : vf{}) : dy;
}
template <int A>
INVOLVE_INLINE float pull(float dy, float z) {
  if (A == SWISH) {
    const float s = 1.f / (1.f + std::exp(-z));
    return dy * s * (1.f + z * (1.f - s));
  }
  if (A == GELU) return dy * geluSlope(z);
  return A == RELU ? (z > 0.f ? dy : 0.f) : dy;
}

/** Calls vector(c) for vectors of channels, or scalar(c) for every channel where they are too few for one. */
template <class V, class S>
INVOLVE_INLINE void eachChannel(long channels, const V& vector, const S& scalar) {
  if (channels >= LANES) cover(channels, vector);
  else
    for (long c = 0; c < channels; c++) scalar(c);
}

struct Rows {
  long count, channels, piece, pieces;
  explicit Rows(const std::vector<int64_t>& shape) : count(1), channels(shape.back()) {
    for (size_t i = 0; i + 1 < shape.size(); i++) count *= shape[i];
    piece = rowsOfPiece(channels);
    pieces = (count + piece - 1) / piece;
  }
};

/** Mean and biased variance of each channel. */
void moments(const Rows& rows, const float* x, float* mean, float* variance) {
  const long C = rows.channels;
  std::vector<float> means(rows.pieces * C), squares(rows.pieces * C);
  parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
    float* m = means.data() + begin / rows.piece * C;
    float* s = squares.data() + begin / rows.piece * C;
    const float share = 1.f / (end - begin);
    eachChannel(
        C,
        [&](long c) {
          const vf mu = share * sumRows<vf>(begin, end, [&](long r) { return load(x + r * C + c); });
          store(m + c, mu);
          store(s + c, sumRows<vf>(begin, end, [&](long r) {
                  const vf d = load(x + r * C + c) - mu;
                  return d * d;
                }));
        },
        [&](long c) {
          const float mu = share * sumRows<float>(begin, end, [&](long r) { return x[r * C + c]; });
          m[c] = mu;
          s[c] = sumRows<float>(begin, end, [&](long r) { return (x[r * C + c] - mu) * (x[r * C + c] - mu); });
        });
  });
  for (long c = 0; c < C; c++) {
    double mu = 0, square = 0;
    for (long p = 0; p < rows.pieces; p++) {
      const long begin = p * rows.piece, n = begin + rows.piece < rows.count ? rows.piece : rows.count - begin;
      mu += static_cast<double>(means[p * C + c]) * n;
    }
    mu /= rows.count;
    for (long p = 0; p < rows.pieces; p++) {
      const long begin = p * rows.piece, n = begin + rows.piece < rows.count ? rows.piece : rows.count - begin;
      const double d = means[p * C + c] - mu;
      square += squares[p * C + c] + d * d * n;
    }
    mean[c] = static_cast<float>(mu);
    variance[c] = static_cast<float>(square / rows.count);
  }
}

template <int A>
void normalise(const Rows& rows, const float* x, const float* mean, const float* factor, const float* offset,
               float* y) {
  const long C = rows.channels;
  parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
    for (long r = begin; r < end; r++) {
      const float* from = x + r * C;
      float* to = y + r * C;
      eachChannel(
          C,
          [&](long c) {
            store(to + c, activate<A>((load(from + c) - load(mean + c)) * load(factor + c) + load(offset + c)));
          },
          [&](long c) { to[c] = activate<A>((from[c] - mean[c]) * factor[c] + offset[c]); });
    }
  });
}

std::vector<float> factors(long channels, const float* scale, const float* variance, float epsilon) {
  std::vector<float> factor(channels);
  for (long c = 0; c < channels; c++)
    factor[c] = static_cast<float>((scale ? scale[c] : 1.0) / std::sqrt(static_cast<double>(variance[c]) + epsilon));
  return factor;
}

struct BatchNormKernel {
  float epsilon;
  int activation;
  explicit BatchNormKernel(Attributes& attributes)
      : epsilon(attributes.number("epsilon")), activation(static_cast<int>(attributes.integer("activation"))) {}
  void compute(Call& call) {
    TF_Tensor* tensor = call.input(0);
    const float *x = valuesOf(tensor), *scale = valuesOf(call.input(1)), *offset = valuesOf(call.input(2));
    const Rows rows(shapeOf(tensor));
    float* y = call.output(0, shapeOf(tensor));
    float* mean = y ? call.output(1, {rows.channels}) : nullptr;
    float* variance = mean ? call.output(2, {rows.channels}) : nullptr;
    if (!variance) return;
    moments(rows, x, mean, variance);
    const std::vector<float> factor = factors(rows.channels, scale, variance, epsilon);
    const auto run = activation == GELU    ? normalise<GELU>
                     : activation == SWISH ? normalise<SWISH>
                     : activation == RELU  ? normalise<RELU>
                                           : normalise<NONE>;
    run(rows, x, mean, factor.data(), offset, y);
  }
};

struct BatchNormGradKernel : BatchNormKernel {
  using BatchNormKernel::BatchNormKernel;

  void compute(Call& call) {
    TF_Tensor* tensor = call.input(1);
    const Rows rows(shapeOf(tensor));
    float* dx = call.output(0, shapeOf(tensor));
    float* dScale = dx ? call.output(1, {rows.channels}) : nullptr;
    float* dOffset = dScale ? call.output(2, {rows.channels}) : nullptr;
    if (!dOffset) return;
    const float *dy = valuesOf(call.input(0)), *x = valuesOf(tensor), *scale = valuesOf(call.input(2)),
                *offset = valuesOf(call.input(3)), *mean = valuesOf(call.input(4)), *variance = valuesOf(call.input(5));
    const auto run = activation == GELU    ? &BatchNormGradKernel::differentiate<GELU>
                     : activation == SWISH ? &BatchNormGradKernel::differentiate<SWISH>
                     : activation == RELU ? &BatchNormGradKernel::differentiate<RELU>
                                          : &BatchNormGradKernel::differentiate<NONE>;
    (this->*run)(rows, dy, x, scale, offset, mean, variance, dx, dScale, dOffset);
  }

  /** The gradient before the activation is found twice: that costs less than writing it down. */
  template <int A>
  void differentiate(const Rows& rows, const float* dy, const float* x, const float* scale, const float* offset,
                     const float* mean, const float* variance, float* dx, float* dScale, float* dOffset) {
    const long C = rows.channels;
    const std::vector<float> inverse = factors(C, nullptr, variance, epsilon);
    std::vector<float> partScale(rows.pieces * C), partOffset(rows.pieces * C);
    const auto part = [&](float* sums, float* weighted, long begin, long end) {
      eachChannel(
          C,
          [&](long c) {
            const vf mu = load(mean + c), f = load(inverse.data() + c), s = load(scale + c), o = load(offset + c);
            vf w0{}, w1{}, s0{}, s1{};
            long r = begin;
            for (; r + 2 <= end; r += 2) {
              const vf n0 = (load(x + r * C + c) - mu) * f, n1 = (load(x + r * C + C + c) - mu) * f;
              const vf d0 = pull<A>(load(dy + r * C + c), n0 * s + o);
              const vf d1 = pull<A>(load(dy + r * C + C + c), n1 * s + o);
              s0 += d0;
              s1 += d1;
              w0 += d0 * n0;
              w1 += d1 * n1;
            }
            if (r < end) {
              const vf n0 = (load(x + r * C + c) - mu) * f;
              const vf d0 = pull<A>(load(dy + r * C + c), n0 * s + o);
              s0 += d0;
              w0 += d0 * n0;
            }
            store(sums + c, s0 + s1);
            store(weighted + c, w0 + w1);
          },
          [&](long c) {
            sums[c] = weighted[c] = 0;
            for (long r = begin; r < end; r++) {
              const float n = (x[r * C + c] - mean[c]) * inverse[c];
              const float d = pull<A>(dy[r * C + c], n * scale[c] + offset[c]);
              sums[c] += d;
              weighted[c] += d * n;
            }
          });
    };
    parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
      const long at = begin / rows.piece * C;
      part(partOffset.data() + at, partScale.data() + at, begin, end);
    });
    std::vector<float> shareOffset(C), shareScale(C), factor(C);
    for (long c = 0; c < C; c++) {
      double sum = 0, weighted = 0;
      for (long p = 0; p < rows.pieces; p++) {
        sum += partOffset[p * C + c];
        weighted += partScale[p * C + c];
      }
      dOffset[c] = static_cast<float>(sum);
      dScale[c] = static_cast<float>(weighted);
      shareOffset[c] = static_cast<float>(sum / rows.count);
      shareScale[c] = static_cast<float>(weighted / rows.count);
      factor[c] = scale[c] * inverse[c];
    }
    parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
      for (long r = begin; r < end; r++) {
        const long at = r * C;
        eachChannel(
            C,
            [&](long c) {
              const vf n = (load(x + at + c) - load(mean + c)) * load(inverse.data() + c);
              const vf d = pull<A>(load(dy + at + c), n * load(scale + c) + load(offset + c));
              store(dx + at + c, load(factor.data() + c) *
                                     (d - load(shareOffset.data() + c) - n * load(shareScale.data() + c)));
            },
            [&](long c) {
              const float n = (x[at + c] - mean[c]) * inverse[c];
              const float d = pull<A>(dy[at + c], n * scale[c] + offset[c]);
              dx[at + c] = factor[c] * (d - shareOffset[c] - n * shareScale[c]);
            });
      }
    });
  }
};

}  // namespace

void registerBatchNorm() {
  registerOp<BatchNormKernel>("InvolveBatchNorm", {"x: float", "scale: float", "offset: float"},
                              {"y: float", "mean: float", "variance: float"}, {"epsilon: float", "activation: int"},
                              shapesLike<0, 1, 1>);
  registerOp<BatchNormGradKernel>(
      "InvolveBatchNormGrad",
      {"dy: float", "x: float", "scale: float", "offset: float", "mean: float", "variance: float"},
      {"dx: float", "dscale: float", "doffset: float"}, {"epsilon: float", "activation: int"}, shapesLike<1, 2, 2>);
}

}  // namespace involve
