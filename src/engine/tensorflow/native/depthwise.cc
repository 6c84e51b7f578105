// Depthwise convolution and its gradients: one filter a channel, any size, stride and dilation, NHWC.
#include "op.h"
#include "pool.h"
#include "simd.h"
#include "taps.h"

namespace involve {
namespace {

struct Geometry {
  int rows, columns;
  std::vector<int64_t> strides, dilations, before;
  explicit Geometry(Attributes& attributes)
      : rows(0),
        columns(0),
        strides(attributes.integers("strides", 2)),
        dilations(attributes.integers("dilations", 2)),
        before(attributes.integers("before", 2)) {}

  bool set(Call& call, const std::vector<int64_t>& filter, const std::vector<int64_t>& x,
           const std::vector<int64_t>& dy) {
    if (filter.size() != 4 || x.size() != 4 || dy.size() != 4 || filter[3] != 1 || filter[2] != x[3])
      return call.fail("depthwise convolution takes maps of images and one filter a channel");
    rows = static_cast<int>(filter[0]);
    columns = static_cast<int>(filter[1]);
    return true;
  }
  Taps taps(bool isForward, int axis, long count, long other) const {
    const int size = axis == 0 ? rows : columns;
    const int stride = static_cast<int>(strides[axis]), dilation = static_cast<int>(dilations[axis]);
    const int reach = static_cast<int>(before[axis]);
    return isForward ? Taps::ofOutput(count, other, size, stride, dilation, reach)
                     : Taps::ofInput(count, other, size, stride, dilation, reach);
  }
};

/** Places that are computed together: they share the loads of the filter. */
constexpr int TOGETHER = 4;

/** Sums over the taps of one row of the filter, for `count` places that are `step` apart on the way in. */
template <int Count>
INVOLVE_INLINE void weighRow(vf (&sum)[Count], const float* from, long step, const long* places, const int* taps,
                             int count, const float* filter, long C) {
  for (int i = 0; i < count; i++) {
    const vf weight = load(filter + taps[i] * C);
    const float* at = from + places[i] * C;
    INVOLVE_UNROLL
    for (int n = 0; n < Count; n++) sum[n] += weight * load(at + n * step);
  }
}

/**
 * to = Σ over the taps of filter · from, which is the convolution itself and its gradient to the input. Places of
 * `period` apart have the same taps, and places of `from` that are `step` apart.
 */
void weighMap(long batch, const Taps& rowTaps, const Taps& columnTaps, long period, long step, int filterColumns,
              const float* from, long fromHeight, long fromWidth, const float* filter, float* to, long toHeight,
              long toWidth, long C) {
  // Starts of groups of places with the same taps, one place further each.
  std::vector<long> starts;
  std::vector<char> done(toWidth, 0);
  std::vector<char> isGroup;
  for (long x = 0; x < toWidth; x++) {
    if (done[x]) continue;
    const long last = x + (TOGETHER - 1) * period;
    bool fits = last < toWidth;
    for (int n = 1; fits && n < TOGETHER; n++) {
      const long next = x + n * period;
      fits = !done[next] && columnTaps.count(next) == columnTaps.count(x);
      for (int i = 0; fits && i < columnTaps.count(x); i++)
        fits = columnTaps.taps(next)[i] == columnTaps.taps(x)[i] &&
               columnTaps.places(next)[i] == columnTaps.places(x)[i] + n * step;
    }
    starts.push_back(x);
    isGroup.push_back(fits);
    for (int n = 0; n < (fits ? TOGETHER : 1); n++) done[x + n * period] = 1;
  }
  Pool::get().run(batch * toHeight, [&](long row) {
    const long image = row / toHeight, y = row % toHeight;
    const int rows = rowTaps.count(y);
    const float* source = from + image * fromHeight * fromWidth * C;
    float* target = to + row * toWidth * C;
    for (size_t s = 0; s < starts.size(); s++) {
      const long x = starts[s];
      const int count = columnTaps.count(x);
      const int* taps = columnTaps.taps(x);
      const long* places = columnTaps.places(x);
      const auto line = [&](int r) { return source + rowTaps.places(y)[r] * fromWidth * C; };
      const auto weights = [&](int r) { return filter + static_cast<long>(rowTaps.taps(y)[r]) * filterColumns * C; };
      const auto vector = [&](long c) {
        if (isGroup[s]) {
          vf sum[TOGETHER] = {};
          for (int r = 0; r < rows; r++)
            weighRow(sum, line(r) + c, step * C, places, taps, count, weights(r) + c, C);
          INVOLVE_UNROLL
          for (int n = 0; n < TOGETHER; n++) store(target + (x + n * period) * C + c, sum[n]);
        } else {
          vf sum[1] = {};
          for (int r = 0; r < rows; r++) weighRow(sum, line(r) + c, 0, places, taps, count, weights(r) + c, C);
          store(target + x * C + c, sum[0]);
        }
      };
      if (C >= LANES) {
        cover(C, vector);
        continue;
      }
      for (int n = 0; n < (isGroup[s] ? TOGETHER : 1); n++)
        for (long c = 0; c < C; c++) {
          float sum = 0;
          for (int r = 0; r < rows; r++)
            for (int i = 0; i < count; i++)
              sum += weights(r)[taps[i] * C + c] * line(r)[(places[i] + n * step) * C + c];
          target[(x + n * period) * C + c] = sum;
        }
    }
  });
}

struct DepthwiseKernel {
  Geometry geometry;
  std::vector<int64_t> shape;
  explicit DepthwiseKernel(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("output_shape", 4)) {}
  void compute(Call& call) {
    TF_Tensor *x = call.input(0), *filter = call.input(1);
    const std::vector<int64_t> in = shapeOf(x);
    Geometry g = geometry;
    if (!g.set(call, shapeOf(filter), in, shape)) return;
    float* y = call.output(0, shape);
    if (!y) return;
    weighMap(in[0], g.taps(true, 0, shape[1], in[1]), g.taps(true, 1, shape[2], in[2]), 1, g.strides[1], g.columns,
             valuesOf(x), in[1], in[2], valuesOf(filter), y, shape[1], shape[2], in[3]);
  }
};

struct DepthwiseInputGrad {
  Geometry geometry;
  std::vector<int64_t> shape;
  explicit DepthwiseInputGrad(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("input_shape", 4)) {}
  void compute(Call& call) {
    TF_Tensor *dy = call.input(0), *filter = call.input(1);
    const std::vector<int64_t> out = shapeOf(dy);
    Geometry g = geometry;
    if (!g.set(call, shapeOf(filter), shape, out)) return;
    float* dx = call.output(0, shape);
    if (!dx) return;
    weighMap(out[0], g.taps(false, 0, shape[1], out[1]), g.taps(false, 1, shape[2], out[2]), g.strides[1], 1,
             g.columns, valuesOf(dy), out[1], out[2], valuesOf(filter), dx, shape[1], shape[2], out[3]);
  }
};

/** sums[v] += Σ over the places j of one row of dy(j) · x(j·step + offset[v]), `Taps` taps at a time. */
template <int Count>
INVOLVE_INLINE void correlate(float* sums, const float* dy, const float* x, long C, long step, const long* offset,
                              long begin, long end) {
  vf sum[Count];
  INVOLVE_UNROLL
  for (int v = 0; v < Count; v++) sum[v] = load(sums + v * C);
  for (long j = begin; j < end; j++) {
    const vf d = load(dy + j * C);
    const float* at = x + j * step * C;
    INVOLVE_UNROLL
    for (int v = 0; v < Count; v++) sum[v] += d * load(at + offset[v] * C);
  }
  INVOLVE_UNROLL
  for (int v = 0; v < Count; v++) store(sums + v * C, sum[v]);
}

struct DepthwiseFilterGrad {
  Geometry geometry;
  std::vector<int64_t> shape;
  explicit DepthwiseFilterGrad(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("filter_shape", 4)) {}
  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *dyTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), out = shapeOf(dyTensor);
    Geometry g = geometry;
    if (!g.set(call, shape, in, out)) return;
    float* dFilter = call.output(0, shape);
    if (!dFilter) return;
    const float *x = valuesOf(xTensor), *dy = valuesOf(dyTensor);
    const long C = in[3], size = static_cast<long>(g.rows) * g.columns * C;
    // Bands of rows of an image, by the shapes alone: their sums are added in order.
    const long perImage = out[0] >= 16 ? 1 : (15 + out[0]) / out[0];
    const long band = (out[1] + perImage - 1) / perImage, bands = (out[1] + band - 1) / band;
    std::vector<float> parts(out[0] * bands * size, 0.f);
    const Taps rowTaps = g.taps(true, 0, out[1], in[1]);
    const long step = g.strides[1];
    std::vector<long> offset(g.columns), first(g.columns), last(g.columns);
    long innerBegin = 0, innerEnd = out[2];
    for (int v = 0; v < g.columns; v++) {
      offset[v] = v * g.dilations[1] - g.before[1];
      first[v] = offset[v] < 0 ? (-offset[v] + step - 1) / step : 0;
      const long room = in[2] - 1 - offset[v];
      last[v] = room < 0 ? 0 : room / step + 1 < out[2] ? room / step + 1 : out[2];
      if (first[v] > innerBegin) innerBegin = first[v];
      if (last[v] < innerEnd) innerEnd = last[v];
    }
    if (innerEnd < innerBegin) innerEnd = innerBegin;
    Pool::get().run(out[0] * bands, [&](long item) {
      const long image = item / bands, begin = item % bands * band;
      const long end = begin + band < out[1] ? begin + band : out[1];
      float* part = parts.data() + item * size;
      for (long i = begin; i < end; i++)
        for (int r = 0; r < rowTaps.count(i); r++) {
          const float* line = x + (image * in[1] + rowTaps.places(i)[r]) * in[2] * C;
          const float* pull = dy + (image * out[1] + i) * out[2] * C;
          float* sums = part + static_cast<long>(rowTaps.taps(i)[r]) * g.columns * C;
          const auto border = [&](long c, int v, long from, long to) {
            for (long j = from; j < to; j++)
              store(sums + v * C + c, load(sums + v * C + c) + load(pull + j * C + c) *
                                                                   load(line + (j * step + offset[v]) * C + c));
          };
          if (C < LANES) {
            for (int v = 0; v < g.columns; v++)
              for (long j = first[v]; j < last[v]; j++)
                for (long c = 0; c < C; c++)
                  sums[v * C + c] += pull[j * C + c] * line[(j * step + offset[v]) * C + c];
            continue;
          }
          for (long c = 0; c < C;) {
            // The last vector may overlap the one before it: what both sum up must be added once.
            const bool isTail = c + LANES > C;
            if (isTail) {
              for (int v = 0; v < g.columns; v++)
                for (long n = c; n < C; n++) {
                  float sum = sums[v * C + n];
                  for (long j = first[v]; j < last[v]; j++)
                    sum += pull[j * C + n] * line[(j * step + offset[v]) * C + n];
                  sums[v * C + n] = sum;
                }
              break;
            }
            for (int v = 0; v < g.columns; v++) {
              border(c, v, first[v], innerBegin < last[v] ? innerBegin : last[v]);
              border(c, v, innerEnd > first[v] ? innerEnd : first[v], last[v]);
            }
            if (g.columns == 3) {
              correlate<3>(sums + c, pull + c, line + c, C, step, offset.data(), innerBegin, innerEnd);
            } else if (g.columns == 5) {
              correlate<5>(sums + c, pull + c, line + c, C, step, offset.data(), innerBegin, innerEnd);
            } else {
              for (int v = 0; v < g.columns; v++)
                correlate<1>(sums + v * C + c, pull + c, line + c, C, step, offset.data() + v, innerBegin, innerEnd);
            }
            c += LANES;
          }
        }
    });
    for (long i = 0; i < size; i++) {
      float sum = 0;
      for (long item = 0; item < out[0] * bands; item++) sum += parts[item * size + i];
      dFilter[i] = sum;
    }
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
  registerOp<DepthwiseFilterGrad>(
      "InvolveDepthwiseFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"},
      {"strides: list(int)", "dilations: list(int)", "before: list(int)", "filter_shape: list(int)"}, shapesUnknown);
}

}  // namespace involve
