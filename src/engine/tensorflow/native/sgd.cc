// One step of stochastic gradient descent with momentum, in one pass over memory where TensorFlow's operations take six.
// Products and sums are rounded each by itself, as those operations round them, so the bits are the same.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

#include "base/op.h"
#include "base/pool.h"

namespace involve {
namespace {

constexpr long PIECE = 32768;

/** Values of a parameter and of what belongs to it. */
struct Values {
  const float *parameter, *gradient, *velocity;
  float *newParameter, *newVelocity;
};

/** v ← momentum·v + g, θ ← keep·θ − rate·v, or Nesterov's rate·(g + momentum·v); a penalty adds decay·θ to g. */
template <bool PENALTY, bool NESTEROV>
void descend(const Values& values, long begin, long end, float rate, float momentum, float decay, float keep) {
  const float* __restrict p = values.parameter + begin;
  const float* __restrict g = values.gradient + begin;
  const float* __restrict v = values.velocity + begin;
  float* __restrict to = values.newParameter + begin;
  float* __restrict speed = values.newVelocity + begin;
  for (long i = 0; i < end - begin; i++) {
    const float slope = PENALTY ? g[i] + p[i] * decay : g[i];
    const float fast = v[i] * momentum + slope;
    const float step = NESTEROV ? slope + fast * momentum : fast;
    speed[i] = fast;
    to[i] = p[i] * keep - step * rate;
  }
}

struct SgdKernel {
  float momentum, decay;
  bool nesterov, decoupled;
  explicit SgdKernel(Attributes& attributes)
      : momentum(attributes.number("momentum")),
        decay(attributes.number("weight_decay")),
        nesterov(attributes.integer("nesterov") != 0),
        decoupled(attributes.integer("decoupled") != 0) {}

  void compute(Call& call) {
    TF_Tensor* tensor = call.input(0);
    const std::vector<int64_t> shape = shapeOf(tensor);
    const float *gradient = valuesOf(call.input(1)), *velocity = valuesOf(call.input(2));
    const float rate = *valuesOf(call.input(3));
    float* parameter = call.output(0, shape);
    float* speed = parameter ? call.output(1, shape) : nullptr;
    if (!speed) return;
    const Values values = {valuesOf(tensor), gradient, velocity, parameter, speed};
    const bool isPenalty = !decoupled && decay != 0;
    const float keep = decoupled ? 1.f - rate * decay : 1.f;
    const auto step = isPenalty ? (nesterov ? descend<true, true> : descend<true, false>)
                                : (nesterov ? descend<false, true> : descend<false, false>);
    parallelPieces(TF_TensorElementCount(tensor), PIECE, [&](long begin, long end) {
      step(values, begin, end, rate, momentum, decay, keep);
    });
  }
};

}  // namespace

void registerSgd() {
  registerOp<SgdKernel>("InvolveSgd", {"parameter: float", "gradient: float", "velocity: float", "rate: float"},
                        {"new_parameter: float", "new_velocity: float"},
                        {"momentum: float", "weight_decay: float", "nesterov: int", "decoupled: int"},
                        shapesLike<0, 0>);
}

}  // namespace involve
