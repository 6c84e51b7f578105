// Depthwise convolution and its gradient to the input, which are the same sums over other places.
#include "depthwise.h"

namespace involve {
namespace {

/** Places that are computed together: they share the loads of the filter, and of values that several of them see. */
constexpr int TOGETHER = 4;
/** Channels that are computed for a whole row before the next ones. */
constexpr long TILE = 2 * LANES;

/** Where the taps of one place lie, in the order of the places that they see. */
struct Window {
  int count = 0;
  int taps[64];
  long places[64];
};

/** What one row of the filter meets: a row of values and the row of weights. */
struct Line {
  const float* values;
  const float* weights;
};

/** Sums for places one after the other, whose windows of `Count` are `Step` apart. */
template <int Count, int Step>
static void slide(const Line* lines, int rows, const Window& window, long C, long begin, long end, float* to,
                  long period) {
  for (long c = begin; c < end; c += LANES) {
    vf sum[TOGETHER] = {};
    for (int r = 0; r < rows; r++) {
      const float* at = lines[r].values + window.places[0] * C + c;
      vf value[Count + (TOGETHER - 1) * Step];
      INVOLVE_UNROLL
      for (int i = 0; i < Count + (TOGETHER - 1) * Step; i++) value[i] = load(at + i * C);
      INVOLVE_UNROLL
      for (int i = 0; i < Count; i++) {
        const vf weight = load(lines[r].weights + window.taps[i] * C + c);
        INVOLVE_UNROLL
        for (int n = 0; n < TOGETHER; n++) sum[n] += weight * value[n * Step + i];
      }
    }
    INVOLVE_UNROLL
    for (int n = 0; n < TOGETHER; n++) store(to + n * period * C + c, sum[n]);
  }
}

/** The sum for one place. */
static void alone(const Line* lines, int rows, const Window& window, long C, long begin, long end, float* to, long) {
  for (long c = begin; c < end; c += LANES) {
    vf sum{};
    for (int r = 0; r < rows; r++)
      for (int i = 0; i < window.count; i++)
        sum += load(lines[r].weights + window.taps[i] * C + c) * load(lines[r].values + window.places[i] * C + c);
    store(to + c, sum);
  }
}

typedef void (*Sum)(const Line*, int, const Window&, long, long, long, float*, long);

template <int Step>
static Sum chooseSlide(int count) {
  switch (count) {
    case 1: return slide<1, Step>;
    case 2: return slide<2, Step>;
    case 3: return slide<3, Step>;
    case 4: return slide<4, Step>;
    case 5: return slide<5, Step>;
    default: return nullptr;
  }
}

/** Places of a row that are computed together, or one alone. */
struct Start {
  long place;
  Window window;
  Sum sum;
};

Window windowOf(const Taps& taps, long place) {
  Window window;
  window.count = taps.count(place);
  for (int i = 0; i < window.count; i++) {
    const bool turns = window.count > 1 && taps.places(place)[0] > taps.places(place)[1];
    const int from = turns ? window.count - 1 - i : i;
    window.taps[i] = taps.taps(place)[from];
    window.places[i] = taps.places(place)[from];
  }
  return window;
}

/**
 * Groups the places of a row. Places that are `period` apart may have the same taps, and then see places that are
 * `step` apart.
 */
std::vector<Start> startsOf(const Taps& taps, long width, long period, long step) {
  std::vector<Start> starts;
  std::vector<char> done(width, 0);
  for (long x = 0; x < width; x++) {
    if (done[x]) continue;
    Start start{x, windowOf(taps, x), nullptr};
    bool fits = x + (TOGETHER - 1) * period < width;
    for (int i = 1; fits && i < start.window.count; i++) fits = start.window.places[i] == start.window.places[0] + i;
    for (int n = 1; fits && n < TOGETHER; n++) {
      const Window next = windowOf(taps, x + n * period);
      fits = !done[x + n * period] && next.count == start.window.count;
      for (int i = 0; fits && i < next.count; i++)
        fits = next.taps[i] == start.window.taps[i] && next.places[i] == start.window.places[i] + n * step;
    }
    if (fits && step == 1) start.sum = chooseSlide<1>(start.window.count);
    if (fits && step == 2) start.sum = chooseSlide<2>(start.window.count);
    const int count = start.sum ? TOGETHER : 1;
    if (!start.sum) start.sum = alone;
    for (int n = 0; n < count; n++) done[x + n * period] = 1;
    starts.push_back(start);
  }
  return starts;
}

/** to = Σ over the taps of filter · from, which is the convolution itself and its gradient to the input. */
void weighMap(long batch, const Taps& rowTaps, const Taps& columnTaps, long period, long step, int filterColumns,
              const float* from, long fromHeight, long fromWidth, const float* filter, float* to, long toHeight,
              long toWidth, long C) {
  const std::vector<Start> starts = startsOf(columnTaps, toWidth, period, step);
  Pool::get().run(batch * toHeight, [&](long row) {
    const long image = row / toHeight, y = row % toHeight;
    const int rows = rowTaps.count(y);
    Line lines[64];
    for (int r = 0; r < rows; r++)
      lines[r] = {from + (image * fromHeight + rowTaps.places(y)[r]) * fromWidth * C,
                  filter + static_cast<long>(rowTaps.taps(y)[r]) * filterColumns * C};
    float* target = to + row * toWidth * C;
    const long whole = C / LANES * LANES;
    for (long c = 0; c < whole; c += TILE) {
      const long end = c + TILE < whole ? c + TILE : whole;
      for (const Start& start : starts)
        start.sum(lines, rows, start.window, C, c, end, target + start.place * C, period);
    }
    if (whole == C) return;
    if (C >= LANES) {
      // The last channels again, as one vector that overlaps the one before.
      for (const Start& start : starts)
        start.sum(lines, rows, start.window, C, C - LANES, C, target + start.place * C, period);
      return;
    }
    for (long x = 0; x < toWidth; x++)
      for (long c = 0; c < C; c++) {
        float sum = 0;
        for (int r = 0; r < rows; r++)
          for (int i = 0; i < columnTaps.count(x); i++)
            sum += lines[r].weights[columnTaps.taps(x)[i] * C + c] * lines[r].values[columnTaps.places(x)[i] * C + c];
        target[x * C + c] = sum;
      }
  });
}

struct DepthwiseKernel {
  Depthwise geometry;
  std::vector<int64_t> shape;
  explicit DepthwiseKernel(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("output_shape", 4)) {}
  void compute(Call& call) {
    TF_Tensor *x = call.input(0), *filter = call.input(1);
    const std::vector<int64_t> in = shapeOf(x);
    Depthwise g = geometry;
    if (!g.set(call, shapeOf(filter), in, shape)) return;
    float* y = call.output(0, shape);
    if (!y) return;
    weighMap(in[0], g.taps(true, 0, shape[1], in[1]), g.taps(true, 1, shape[2], in[2]), 1, g.strides[1], g.columns,
             valuesOf(x), in[1], in[2], valuesOf(filter), y, shape[1], shape[2], in[3]);
  }
};

struct DepthwiseInputGrad {
  Depthwise geometry;
  std::vector<int64_t> shape;
  explicit DepthwiseInputGrad(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("input_shape", 4)) {}
  void compute(Call& call) {
    TF_Tensor *dy = call.input(0), *filter = call.input(1);
    const std::vector<int64_t> out = shapeOf(dy);
    Depthwise g = geometry;
    if (!g.set(call, shapeOf(filter), shape, out)) return;
    float* dx = call.output(0, shape);
    if (!dx) return;
    weighMap(out[0], g.taps(false, 0, shape[1], out[1]), g.taps(false, 1, shape[2], out[2]), g.strides[1], 1,
             g.columns, valuesOf(dy), out[1], out[2], valuesOf(filter), dx, shape[1], shape[2], out[3]);
  }
};

}  // namespace

void registerDepthwise() {
  registerOp<DepthwiseKernel>(
      "InvolveDepthwise", {"x: float", "filter: float"}, {"y: float"},
      {"strides: list(int)", "dilations: list(int)", "before: list(int)", "output_shape: list(int)"}, shapesUnknown);
  registerOp<DepthwiseInputGrad>(
      "InvolveDepthwiseInputGrad", {"dy: float", "filter: float"}, {"dx: float"},
      {"strides: list(int)", "dilations: list(int)", "before: list(int)", "input_shape: list(int)"}, shapesUnknown);
}

}  // namespace involve
