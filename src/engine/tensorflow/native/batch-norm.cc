// Batch normalisation in training with the activation fused (Ioffe and Szegedy 2015, algorithm 1), and its gradient.
// Statistics are exact: sums of a piece of the rows in float32 around the piece's own mean, pieces joined in float64.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "base/op.h"
#include "base/pool.h"
#include "base/simd.h"

namespace involve {
namespace {

enum Activation { NONE = 0, RELU = 1, SWISH = 2, GELU = 3 };

/** Values of a gradient above which it goes to memory and back: then it is not written down in between. */
constexpr long MOST_KEPT = 1 << 23;

/** Rows of a piece: what fits into the cache of a core. Depends on nothing but the channels. */
long rowsOfPiece(long channels) {
  const long rows = 32768 / channels;
  return rows < 8 ? 8 : rows;
}

/** Sum over rows of f(row): four rows at a time, one chain of additions each. */
template <class F>
INVOLVE_INLINE vf sumRows(long begin, long end, const F& f) {
  vf a{}, b{}, c{}, d{};
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
INVOLVE_INLINE vf pull(vf dy, vf z) {
  if (A == SWISH) {
    const vf s = sigmoid(z);
    return dy * s * (1.f + z * (1.f - s));
  }
  if (A == GELU) return dy * geluSlope(z);
  return A == RELU ? (z > 0.f ? dy : vf{}) : dy;
}
/**
 * A tensor as rows. Channels that do not fill a vector are repeated until they fill some, several rows being one wide
 * row of `width` values; what does not fill a wide row is `rest`.
 */
struct Rows {
  long all, channels, width, count, rest, piece, pieces;
  explicit Rows(const std::vector<int64_t>& shape) : all(1), channels(shape.back()), width(channels) {
    for (size_t i = 0; i + 1 < shape.size(); i++) all *= shape[i];
    while (channels < LANES && width % LANES != 0) width += channels;
    const long beside = width / channels;
    count = all / beside;
    rest = all % beside;
    piece = rowsOfPiece(width);
    pieces = (count + piece - 1) / piece;
  }
  long inPiece(long p) const { return (p + 1) * piece < count ? piece : count - p * piece; }
  /** Values of the channels for a wide row. */
  std::vector<float> repeat(const float* values) const {
    std::vector<float> row(width);
    for (long c = 0; c < width; c++) row[c] = values[c % channels];
    return row;
  }
  /** The rows left over as a wide one, zeros behind them. */
  std::vector<float> restOf(const float* x) const {
    std::vector<float> row(width);
    std::copy(x + count * width, x + all * channels, row.begin());
    return row;
  }
};

/** Mean and biased variance of each channel. */
void moments(const Rows& rows, const float* x, float* mean, float* variance) {
  const long C = rows.channels, W = rows.width;
  std::vector<float> means(rows.pieces * W), squares(rows.pieces * W);
  parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
    float* m = means.data() + begin / rows.piece * W;
    float* s = squares.data() + begin / rows.piece * W;
    const float share = 1.f / (end - begin);
    cover(W, [&](long c) {
      const vf mu = share * sumRows(begin, end, [&](long r) { return load(x + r * W + c); });
      store(m + c, mu);
      store(s + c, sumRows(begin, end, [&](long r) {
              const vf d = load(x + r * W + c) - mu;
              return d * d;
            }));
    });
  });
  const float* rest = x + rows.count * W;
  for (long c = 0; c < C; c++) {
    double mu = 0, square = 0;
    for (long p = 0; p < rows.pieces; p++)
      for (long i = c; i < W; i += C) mu += static_cast<double>(means[p * W + i]) * rows.inPiece(p);
    for (long r = 0; r < rows.rest; r++) mu += rest[r * C + c];
    mu /= rows.all;
    for (long p = 0; p < rows.pieces; p++)
      for (long i = c; i < W; i += C) {
        const double d = means[p * W + i] - mu;
        square += squares[p * W + i] + d * d * rows.inPiece(p);
      }
    for (long r = 0; r < rows.rest; r++) {
      const double d = rest[r * C + c] - mu;
      square += d * d;
    }
    mean[c] = static_cast<float>(mu);
    variance[c] = static_cast<float>(square / rows.all);
  }
}

template <int A>
void normalise(const Rows& rows, const float* x, const float* mean, const float* factor, const float* offset,
               float* y) {
  const long W = rows.width;
  const std::vector<float> m = rows.repeat(mean), f = rows.repeat(factor), o = rows.repeat(offset);
  const auto row = [&](const float* from, float* to) INVOLVE_INLINE_LAMBDA {
    cover(W, [&](long c) {
      store(to + c, activate<A>((load(from + c) - load(m.data() + c)) * load(f.data() + c) + load(o.data() + c)));
    });
  };
  parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
    for (long r = begin; r < end; r++) row(x + r * W, y + r * W);
  });
  if (rows.rest > 0) {
    const std::vector<float> from = rows.restOf(x);
    std::vector<float> to(W);
    row(from.data(), to.data());
    std::copy(to.begin(), to.begin() + rows.rest * rows.channels, y + rows.count * W);
  }
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
    // Where the last two vectors of a row overlap, the second would find dx in the place of what was kept.
    const bool isKept = rows.width % LANES == 0 && rows.all * rows.channels <= MOST_KEPT;
    const Differentiate run = activation == GELU    ? dear<GELU>(isKept)
                              : activation == SWISH ? dear<SWISH>(isKept)
                              : activation == RELU  ? &BatchNormGradKernel::differentiate<RELU, false>
                                                    : &BatchNormGradKernel::differentiate<NONE, false>;
    (this->*run)(rows, dy, x, scale, offset, mean, variance, dx, dScale, dOffset);
  }

  typedef void (BatchNormGradKernel::*Differentiate)(const Rows&, const float*, const float*, const float*, const float*,
                                                     const float*, const float*, float*, float*, float*);
  template <int A>
  static Differentiate dear(bool isKept) {
    return isKept ? &BatchNormGradKernel::differentiate<A, true> : &BatchNormGradKernel::differentiate<A, false>;
  }

  /**
   * The gradient before the activation is `KEPT` where dx will be, or found twice, which gives the same bits and costs less
   * if the activation is cheap.
   */
  template <int A, bool KEPT>
  void differentiate(const Rows& rows, const float* dy, const float* x, const float* scale, const float* offset,
                     const float* mean, const float* variance, float* dx, float* dScale, float* dOffset) {
    const long C = rows.channels, W = rows.width;
    const std::vector<float> inverse = factors(C, nullptr, variance, epsilon);
    const std::vector<float> mu = rows.repeat(mean), f = rows.repeat(inverse.data()), s = rows.repeat(scale),
                             o = rows.repeat(offset);
    // The last part is that of the rows left over: gradients of zero behind them add nothing.
    const std::vector<float> restDy = rows.restOf(dy), restX = rows.restOf(x);
    const long parts = rows.pieces + (rows.rest > 0);
    std::vector<float> partScale(parts * W), partOffset(parts * W);
    const auto addUp = [&](long p, const float* dy, const float* x, float* kept, long count) {
      cover(W, [&](long c) INVOLVE_INLINE_LAMBDA {
        const vf m = load(mu.data() + c), i = load(f.data() + c), k = load(s.data() + c), b = load(o.data() + c);
        vf w0{}, w1{}, s0{}, s1{};
        long r = 0;
        for (; r + 2 <= count; r += 2) {
          const vf n0 = (load(x + r * W + c) - m) * i, n1 = (load(x + r * W + W + c) - m) * i;
          const vf d0 = pull<A>(load(dy + r * W + c), n0 * k + b);
          const vf d1 = pull<A>(load(dy + r * W + W + c), n1 * k + b);
          if (KEPT) {
            store(kept + r * W + c, d0);
            store(kept + r * W + W + c, d1);
          }
          s0 += d0;
          s1 += d1;
          w0 += d0 * n0;
          w1 += d1 * n1;
        }
        if (r < count) {
          const vf n0 = (load(x + r * W + c) - m) * i;
          const vf d0 = pull<A>(load(dy + r * W + c), n0 * k + b);
          if (KEPT) store(kept + r * W + c, d0);
          s0 += d0;
          w0 += d0 * n0;
        }
        store(partOffset.data() + p * W + c, s0 + s1);
        store(partScale.data() + p * W + c, w0 + w1);
      });
    };
    parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
      addUp(begin / rows.piece, dy + begin * W, x + begin * W, dx + begin * W, end - begin);
    });
    std::vector<float> restKept(W);
    if (rows.rest > 0) addUp(rows.pieces, restDy.data(), restX.data(), restKept.data(), 1);
    std::vector<float> shareOffset(C), shareScale(C), factor(C);
    for (long c = 0; c < C; c++) {
      double sum = 0, weighted = 0;
      for (long i = c; i < parts * W; i += C) {
        sum += partOffset[i];
        weighted += partScale[i];
      }
      dOffset[c] = static_cast<float>(sum);
      dScale[c] = static_cast<float>(weighted);
      shareOffset[c] = static_cast<float>(sum / rows.all);
      shareScale[c] = static_cast<float>(weighted / rows.all);
      factor[c] = scale[c] * inverse[c];
    }
    const std::vector<float> g = rows.repeat(factor.data()), so = rows.repeat(shareOffset.data()),
                             ss = rows.repeat(shareScale.data());
    const auto row = [&](const float* from, const float* x, float* dx) INVOLVE_INLINE_LAMBDA {
      cover(W, [&](long c) {
        const vf n = (load(x + c) - load(mu.data() + c)) * load(f.data() + c);
        const vf d = KEPT ? load(from + c) : pull<A>(load(from + c), n * load(s.data() + c) + load(o.data() + c));
        store(dx + c, load(g.data() + c) * (d - load(so.data() + c) - n * load(ss.data() + c)));
      });
    };
    parallelPieces(rows.count, rows.piece, [&](long begin, long end) {
      const float* from = KEPT ? dx : dy;
      for (long r = begin; r < end; r++) row(from + r * W, x + r * W, dx + r * W);
    });
    if (rows.rest > 0) {
      std::vector<float> to(W);
      row(KEPT ? restKept.data() : restDy.data(), restX.data(), to.data());
      std::copy(to.begin(), to.begin() + rows.rest * C, dx + rows.count * W);
    }
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
