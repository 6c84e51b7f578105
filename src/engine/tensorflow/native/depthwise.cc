// The gradient of depthwise convolution to its filter: one filter a channel, any size, stride and dilation, NHWC.
// TensorFlow's own takes several times as long for 5×5; its convolution and its gradient to the input are as fast as
// vectors get.
#include <algorithm>
#include <cstring>

#include "base/op.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "base/simd.h"
#include "base/sizes.h"

namespace involve {
namespace {

/** The attributes of the convolution and the size of its filter. */
struct Depthwise {
  int rows, columns;
  std::vector<int64_t> strides, dilations, before;
  explicit Depthwise(Attributes& attributes)
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
};

/**
 * Vectors of channels that are copied together: two lines of the cache, which processors fetch as a pair. One at a time
 * would fetch each line again for each, which on processors with short vectors costs more than the sums.
 */
constexpr int VECTORS = 32 / LANES;
constexpr int CHANNELS = VECTORS * LANES;
/** Places of the output of the images whose sums are one part. */
constexpr long PLACES = 512;

/** Some channels of some rows, with the zeros around the map: vector after vector, each one place after the other. */
struct Strip {
  /** Rows and places of a row in memory. */
  long rows, width;
  /** Room for rows · width · CHANNELS floats. */
  float* values;

  float* row(int n, long i) const { return values + (n * rows + i) * width * LANES; }

  /** Row i is the row y of a map from the place `left` on, which both may lie outside of it. */
  void fill(long i, const float* image, long height, long across, long C, long c, long y, long left) const {
    const long channels = C - c < CHANNELS ? C - c : CHANNELS, whole = channels / LANES;
    for (int n = 0; n < VECTORS; n++) memset(row(n, i), 0, width * LANES * sizeof(float));
    if (y < 0 || y >= height) return;
    for (long j = std::max(0L, -left), end = std::min(width, across - left); j < end; j++) {
      const float* from = image + (y * across + left + j) * C + c;
      for (int n = 0; n < whole; n++) store(row(n, i) + j * LANES, load(from + n * LANES));
      for (long k = whole * LANES; k < channels; k++) row(whole, i)[j * LANES + k % LANES] = from[k];
    }
  }
};

/** sums[v] += Σ over `width` places of pull · values seen by the tap v of one row of the filter. */
template <int Count, int Step>
static void correlate(const float* x, const float* d, long width, float* sums) {
  vf sum[Count];
  INVOLVE_UNROLL
  for (int v = 0; v < Count; v++) sum[v] = load(sums + v * LANES);
  long j = 0;
  for (; j + 4 <= width; j += 4, d += 4 * LANES, x += 4 * Step * LANES) {
    vf value[Count + 3 * Step];
    INVOLVE_UNROLL
    for (int k = 0; k < Count + 3 * Step; k++) value[k] = load(x + k * LANES);
    INVOLVE_UNROLL
    for (int k = 0; k < 4; k++) {
      const vf each = load(d + k * LANES);
      INVOLVE_UNROLL
      for (int v = 0; v < Count; v++) sum[v] += each * value[k * Step + v];
    }
  }
  for (; j < width; j++, d += LANES, x += Step * LANES) {
    const vf each = load(d);
    INVOLVE_UNROLL
    for (int v = 0; v < Count; v++) sum[v] += each * load(x + v * LANES);
  }
  INVOLVE_UNROLL
  for (int v = 0; v < Count; v++) store(sums + v * LANES, sum[v]);
}

/** The same for any size, stride and dilation. */
static void correlateAny(const float* x, const float* d, long width, int count, long stride, long dilation, float* sums) {
  for (int v = 0; v < count; v++) {
    vf sum = load(sums + v * LANES);
    for (long j = 0; j < width; j++) sum += load(d + j * LANES) * load(x + (j * stride + v * dilation) * LANES);
    store(sums + v * LANES, sum);
  }
}

struct DepthwiseFilterGrad {
  Depthwise geometry;
  std::vector<int64_t> shape;
  explicit DepthwiseFilterGrad(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("filter_shape", 4)) {}

  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *dyTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), out = shapeOf(dyTensor);
    Depthwise g = geometry;
    if (!g.set(call, shape, in, out)) return;
    float* dFilter = call.output(0, shape);
    if (!dFilter) return;
    const float *x = valuesOf(xTensor), *dy = valuesOf(dyTensor);
    const long C = in[3], size = static_cast<long>(g.rows) * g.columns * C, tiles = pieces(C, CHANNELS);
    // Bands of rows of an image that fit into the cache, or some small images, by the shapes alone: the sums of these
    // parts are added in order.
    const long width = (out[2] - 1) * g.strides[1] + (g.columns - 1) * g.dilations[1] + 1;
    const long fitting = 2048 / (width * g.strides[0]), most = fitting < 1 ? 1 : fitting;
    const long bands = pieces(out[1], most), band = pieces(out[1], bands);
    const long together = bands > 1 ? 1 : std::max(1L, std::min<long>(out[0], PLACES / (out[1] * out[2])));
    const long count = pieces(out[0], together) * bands;
    const Scratch parts(count * size);
    const auto fast = chooseCorrelate(g);
    Pool::get().run(count * tiles, [&](long item) {
      const long c = item % tiles * CHANNELS, part = item / tiles, begin = part % bands * band;
      const long end = std::min<long>(out[1], begin + band), first = part / bands * together;
      const long taps = static_cast<long>(g.rows) * g.columns, channels = C - c < CHANNELS ? C - c : CHANNELS;
      // The rows of x that a row of dy meets: they go round, so that all is in the first cache.
      const long rows = (g.rows - 1) * g.dilations[0] + 1;
      const Scratch room((rows * width + out[2] + taps) * CHANNELS);
      const Strip values{rows, width, room.data()}, pull{1, out[2], room.data() + rows * width * CHANNELS};
      float* sums = room.data() + (rows * width + out[2]) * CHANNELS;
      memset(sums, 0, taps * CHANNELS * sizeof(float));
      for (long image = first; image < std::min<long>(out[0], first + together); image++) {
        long filled = begin * g.strides[0];
        for (long i = begin; i < end; i++) {
          const long at = i * g.strides[0];
          for (filled = std::max(filled, at); filled < at + rows; filled++)
            values.fill(filled % rows, x + image * in[1] * in[2] * C, in[1], in[2], C, c, filled - g.before[0],
                        -g.before[1]);
          pull.fill(0, dy + image * out[1] * out[2] * C, out[1], out[2], C, c, i, 0);
          for (int n = 0; n * LANES < channels; n++)
            for (int u = 0; u < g.rows; u++) {
              const float* seen = values.row(n, (at + u * g.dilations[0]) % rows);
              float* row = sums + (n * taps + static_cast<long>(u) * g.columns) * LANES;
              if (fast) fast(seen, pull.row(n, 0), out[2], row);
              else correlateAny(seen, pull.row(n, 0), out[2], g.columns, g.strides[1], g.dilations[1], row);
            }
        }
      }
      for (int n = 0; n * LANES < channels; n++) {
        const long at = c + n * LANES, lanes = C - at < LANES ? C - at : LANES;
        for (long t = 0; t < taps; t++)
          memcpy(parts.data() + part * size + t * C + at, sums + (n * taps + t) * LANES, lanes * sizeof(float));
      }
    });
    parallelPieces(size, 4096, [&](long begin, long end) {
      for (long i = begin; i < end; i++) dFilter[i] = 0;
      for (long part = 0; part < count; part++)
        for (long i = begin; i < end; i++) dFilter[i] += parts.data()[part * size + i];
    });
  }

  typedef void (*Correlate)(const float*, const float*, long, float*);
  static Correlate chooseCorrelate(const Depthwise& g) {
    if (g.dilations[1] != 1) return nullptr;
    if (g.columns == 3 && g.strides[1] == 1) return correlate<3, 1>;
    if (g.columns == 3 && g.strides[1] == 2) return correlate<3, 2>;
    if (g.columns == 5 && g.strides[1] == 1) return correlate<5, 1>;
    if (g.columns == 5 && g.strides[1] == 2) return correlate<5, 2>;
    return nullptr;
  }
};

}  // namespace

void registerDepthwise() {
  registerOp<DepthwiseFilterGrad>(
      "InvolveDepthwiseFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"},
      {"strides: list(int)", "dilations: list(int)", "before: list(int)", "filter_shape: list(int)"}, shapesUnknown);
}

}  // namespace involve
