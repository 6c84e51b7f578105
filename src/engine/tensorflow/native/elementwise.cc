// Swish and GELU, what squeeze-and-excitation is made of, and one step of Adam: passes over memory that TensorFlow makes of
// several operations each.
#include <cmath>

#include "base/op.h"
#include "base/pool.h"
#include "base/simd.h"

namespace involve {
namespace {

constexpr long PIECE = 32768;

/** Calls vector(i) for vectors of [0, count) and scalar(i) for the rest. */
template <class V, class S>
void each(long count, const V& vector, const S& scalar) {
  parallelPieces(count, PIECE, [&](long begin, long end) {
    long i = begin;
    for (; i + LANES <= end; i += LANES) vector(i);
    for (; i < end; i++) scalar(i);
  });
}

float sigmoidOf(float x) { return 1.f / (1.f + std::exp(-x)); }

/** A function of each value. */
template <class F>
struct ValueKernel {
  explicit ValueKernel(Attributes&) {}
  void compute(Call& call) {
    TF_Tensor* tensor = call.input(0);
    const float* x = valuesOf(tensor);
    float* y = call.output(0, shapeOf(tensor));
    if (!y) return;
    each(
        TF_TensorElementCount(tensor), [=](long i) { store(y + i, F::value(load(x + i))); },
        [=](long i) { y[i] = F::value(x[i]); });
  }
};

/** What flows back through it: dy, x. */
template <class F>
struct ValueGradKernel {
  explicit ValueGradKernel(Attributes&) {}
  void compute(Call& call) {
    TF_Tensor* tensor = call.input(1);
    const float *dy = valuesOf(call.input(0)), *x = valuesOf(tensor);
    float* dx = call.output(0, shapeOf(tensor));
    if (!dx) return;
    each(
        TF_TensorElementCount(tensor), [=](long i) { store(dx + i, F::pull(load(dy + i), load(x + i))); },
        [=](long i) { dx[i] = F::pull(dy[i], x[i]); });
  }
};

struct Swish {
  static INVOLVE_INLINE vf value(vf x) { return x * sigmoid(x); }
  static INVOLVE_INLINE float value(float x) { return x * sigmoidOf(x); }
  static INVOLVE_INLINE vf pull(vf dy, vf x) {
    const vf s = sigmoid(x);
    return dy * s * (1.f + x * (1.f - s));
  }
  static INVOLVE_INLINE float pull(float dy, float x) {
    const float s = sigmoidOf(x);
    return dy * s * (1.f + x * (1.f - s));
  }
};

struct Gelu {
  template <class T>
  static INVOLVE_INLINE T value(T x) {
    return gelu(x);
  }
  template <class T>
  static INVOLVE_INLINE T pull(T dy, T x) {
    return dy * geluSlope(x);
  }
};

/** The places of an image and their channels. */
struct Map {
  long batch, places, channels;
  explicit Map(const std::vector<int64_t>& shape)
      : batch(shape[0]), places(shape[1] * shape[2]), channels(shape[3]) {}
};

/** sums[c] = Σ over the places of f(place, c), vector by vector. */
template <class V, class S>
INVOLVE_INLINE void sumPlaces(const Map& map, float factor, float* sums, const V& vector, const S& scalar) {
  if (map.channels < LANES) {
    for (long c = 0; c < map.channels; c++) {
      float sum = 0;
      for (long p = 0; p < map.places; p++) sum += scalar(p, c);
      sums[c] = sum * factor;
    }
    return;
  }
  cover(map.channels, [&](long c) {
    vf a{}, b{}, d{}, e{};
    long p = 0;
    for (; p + 4 <= map.places; p += 4) {
      a += vector(p, c);
      b += vector(p + 1, c);
      d += vector(p + 2, c);
      e += vector(p + 3, c);
    }
    for (; p < map.places; p++) a += vector(p, c);
    store(sums + c, ((a + b) + (d + e)) * factor);
  });
}

struct PoolKernel {
  explicit PoolKernel(Attributes&) {}
  void compute(Call& call) {
    TF_Tensor* tensor = call.input(0);
    const Map map(shapeOf(tensor));
    const float* x = valuesOf(tensor);
    float* y = call.output(0, {map.batch, map.channels});
    if (!y) return;
    Pool::get().run(map.batch, [&](long b) {
      const float* image = x + b * map.places * map.channels;
      const auto at = [&](long p, long c) { return image + p * map.channels + c; };
      sumPlaces(
          map, 1.f / map.places, y + b * map.channels, [&](long p, long c) { return load(at(p, c)); },
          [&](long p, long c) { return *at(p, c); });
    });
  }
};

struct ScaleKernel {
  explicit ScaleKernel(Attributes&) {}
  void compute(Call& call) {
    TF_Tensor* tensor = call.input(0);
    const Map map(shapeOf(tensor));
    const float *x = valuesOf(tensor), *scale = valuesOf(call.input(1));
    float* y = call.output(0, shapeOf(tensor));
    if (y) multiply(map, x, scale, y);
  }

  static void multiply(const Map& map, const float* x, const float* scale, float* y) {
    Pool::get().run(map.batch, [&](long b) {
      for (long p = 0; p < map.places; p++) {
        const long at = (b * map.places + p) * map.channels;
        const float* factor = scale + b * map.channels;
        if (map.channels >= LANES)
          cover(map.channels, [&](long c) { store(y + at + c, load(x + at + c) * load(factor + c)); });
        else
          for (long c = 0; c < map.channels; c++) y[at + c] = x[at + c] * factor[c];
      }
    });
  }
};

struct ScaleGradKernel {
  explicit ScaleGradKernel(Attributes&) {}
  void compute(Call& call) {
    TF_Tensor* tensor = call.input(1);
    const Map map(shapeOf(tensor));
    const float *dy = valuesOf(call.input(0)), *x = valuesOf(tensor), *scale = valuesOf(call.input(2));
    float* dx = call.output(0, shapeOf(tensor));
    float* dScale = dx ? call.output(1, {map.batch, map.channels}) : nullptr;
    if (!dScale) return;
    ScaleKernel::multiply(map, dy, scale, dx);
    Pool::get().run(map.batch, [&](long b) {
      const long image = b * map.places * map.channels;
      const auto at = [&](long p, long c) { return image + p * map.channels + c; };
      sumPlaces(
          map, 1.f, dScale + b * map.channels,
          [&](long p, long c) { return load(dy + at(p, c)) * load(x + at(p, c)); },
          [&](long p, long c) { return dy[at(p, c)] * x[at(p, c)]; });
    });
  }
};

/** Adam with decoupled weight decay, as PyTorch defines it (Loshchilov and Hutter 2019, algorithm 2). */
struct AdamKernel {
  float beta1, beta2, rest1, rest2, epsilon, decay;
  explicit AdamKernel(Attributes& attributes)
      : beta1(attributes.number("beta1")),
        beta2(attributes.number("beta2")),
        rest1(attributes.number("rest1")),
        rest2(attributes.number("rest2")),
        epsilon(attributes.number("epsilon")),
        decay(attributes.number("weight_decay")) {}

  void compute(Call& call) {
    TF_Tensor* tensor = call.input(0);
    const std::vector<int64_t> shape = shapeOf(tensor);
    const float *parameter = valuesOf(tensor), *gradient = valuesOf(call.input(1)), *first = valuesOf(call.input(2)),
                *second = valuesOf(call.input(3));
    const float rate = *valuesOf(call.input(4));
    const float correction1 = 1.f - *valuesOf(call.input(5)), correction2 = 1.f - *valuesOf(call.input(6));
    float* p = call.output(0, shape);
    float* m = p ? call.output(1, shape) : nullptr;
    float* v = m ? call.output(2, shape) : nullptr;
    if (!v) return;
    const float b1 = beta1, b2 = beta2, r1 = rest1, r2 = rest2, e = epsilon, keep = 1.f - rate * decay;
    // Of scalars alone, so that values cost one division.
    const float step = rate / correction1, root = 1.f / std::sqrt(correction2);
    parallelPieces(TF_TensorElementCount(tensor), PIECE, [=](long begin, long end) {
      const float* __restrict from = parameter + begin;
      const float* __restrict g = gradient + begin;
      const float* __restrict m0 = first + begin;
      const float* __restrict v0 = second + begin;
      float* __restrict to = p + begin;
      float* __restrict m1 = m + begin;
      float* __restrict v1 = v + begin;
      const long count = end - begin;
      for (long i = 0; i < count; i++) {
        const float mi = b1 * m0[i] + r1 * g[i], vi = b2 * v0[i] + r2 * g[i] * g[i];
        m1[i] = mi;
        v1[i] = vi;
        to[i] = from[i] * keep - step * mi / (std::sqrt(vi) * root + e);
      }
    });
  }
};

/** [x0, x3]. */
void shapeOfPool(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shapes shapes(context, status);
  TF_ShapeHandle* x = shapes.input(0);
  shapes.output(0, shapes.join(shapes.part(x, 0, 1), shapes.part(x, 3, 4)));
}

}  // namespace

void registerElementwise() {
  registerOp<ValueKernel<Gelu>>("InvolveGelu", {"x: float"}, {"y: float"}, {}, shapesLike<0>);
  registerOp<ValueGradKernel<Gelu>>("InvolveGeluGrad", {"dy: float", "x: float"}, {"dx: float"}, {}, shapesLike<1>);
  registerOp<ValueKernel<Swish>>("InvolveSwish", {"x: float"}, {"y: float"}, {}, shapesLike<0>);
  registerOp<ValueGradKernel<Swish>>("InvolveSwishGrad", {"dy: float", "x: float"}, {"dx: float"}, {}, shapesLike<1>);
  registerOp<PoolKernel>("InvolveGlobalAveragePool", {"x: float"}, {"y: float"}, {}, shapeOfPool);
  registerOp<ScaleKernel>("InvolveChannelScale", {"x: float", "scale: float"}, {"y: float"}, {}, shapesLike<0>);
  registerOp<ScaleGradKernel>("InvolveChannelScaleGrad", {"dy: float", "x: float", "scale: float"},
                              {"dx: float", "dscale: float"}, {}, shapesLike<1, 2>);
  registerOp<AdamKernel>(
      "InvolveAdam",
      {"parameter: float", "gradient: float", "first: float", "second: float", "rate: float", "power1: float",
       "power2: float"},
      {"new_parameter: float", "new_first: float", "new_second: float"},
      {"beta1: float", "beta2: float", "rest1: float", "rest2: float", "epsilon: float", "weight_decay: float"},
      shapesLike<0, 2, 3>);
}

}  // namespace involve
