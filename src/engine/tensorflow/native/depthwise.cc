// The gradient of depthwise convolution to its filter: one filter a channel, any size, stride and dilation, NHWC.
// TensorFlow's own takes several times as long for 5×5; its convolution and its gradient to the input are as fast as
// vectors get.
#include <cstring>

#include "op.h"
#include "pool.h"
#include "scratch.h"
#include "simd.h"

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
 * Vectors of channels that are copied together: a line of the cache. One at a time would fetch each line again for
 * each, which on processors with short vectors costs more than the sums.
 */
constexpr int VECTORS = LANES < 16 ? 16 / LANES : 1;
constexpr int CHANNELS = VECTORS * LANES;

/** Some channels of some rows, with the zeros around the map: vector after vector, each one place after the other. */
struct Strip {
  /** Rows and places of a row in memory. */
  long rows, width;
  /** Room for rows · width · CHANNELS floats. */
  float* values;

  const float* vector(int n) const { return values + n * rows * width * LANES; }

  /** Fills in the rows from `top` on and the places from `left` on, which may lie outside of the map. */
  void fill(const float* image, long height, long across, long C, long c, long top, long left) const {
    const long channels = C - c < CHANNELS ? C - c : CHANNELS, step = rows * width * LANES;
    for (long i = 0; i < rows; i++)
      for (long j = 0; j < width; j++) {
        float* to = values + (i * width + j) * LANES;
        const long y = top + i, x = left + j;
        const float* from = image + (y * across + x) * C + c;
        if (y < 0 || y >= height || x < 0 || x >= across) {
          for (int n = 0; n < VECTORS; n++) store(to + n * step, vf{});
        } else if (channels == CHANNELS) {
          for (int n = 0; n < VECTORS; n++) store(to + n * step, load(from + n * LANES));
        } else {
          for (long n = 0; n < CHANNELS; n++) to[n / LANES * step + n % LANES] = n < channels ? from[n] : 0.f;
        }
      }
  }
};

/** sums[v] = Σ over the places (i, j) of pull · values seen by the tap v of one row of the filter, of vector `n`. */
template <int Count, int Step>
static void correlate(const Strip& values, const Strip& pull, int n, long row, long rowStep, vf* sums) {
  vf sum[Count] = {};
  for (long i = 0; i < pull.rows; i++) {
    const float* d = pull.vector(n) + i * pull.width * LANES;
    const float* x = values.vector(n) + (row + i * rowStep) * values.width * LANES;
    long j = 0;
    for (; j + 4 <= pull.width; j += 4, d += 4 * LANES, x += 4 * Step * LANES) {
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
    for (; j < pull.width; j++, d += LANES, x += Step * LANES) {
      INVOLVE_UNROLL
      for (int v = 0; v < Count; v++) sum[v] += load(d) * load(x + v * LANES);
    }
  }
  for (int v = 0; v < Count; v++) sums[v] = sum[v];
}

/** The same for any size, stride and dilation, one tap. */
void correlateOne(const Strip& values, const Strip& pull, int n, long row, long rowStep, long offset, long step,
                  vf* sum) {
  *sum = vf{};
  for (long i = 0; i < pull.rows; i++)
    for (long j = 0; j < pull.width; j++)
      *sum += load(pull.vector(n) + (i * pull.width + j) * LANES) *
              load(values.vector(n) + ((row + i * rowStep) * values.width + j * step + offset) * LANES);
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
    const long C = in[3], size = static_cast<long>(g.rows) * g.columns * C, tiles = (C + CHANNELS - 1) / CHANNELS;
    // Bands of rows of an image that fit into the cache, by the shapes alone: their sums are added in order.
    const long width = (out[2] - 1) * g.strides[1] + (g.columns - 1) * g.dilations[1] + 1;
    const long fitting = 2048 / (width * g.strides[0]), most = fitting < 1 ? 1 : fitting;
    const long bands = (out[1] + most - 1) / most, band = (out[1] + bands - 1) / bands;
    const Scratch parts(out[0] * bands * size);
    Pool::get().run(out[0] * bands * tiles, [&](long item) {
      const long c = item % tiles * CHANNELS, image = item / tiles / bands, begin = item / tiles % bands * band;
      const long count = begin + band < out[1] ? band : out[1] - begin;
      float* part = parts.data() + item / tiles * size;
      const long channels = C - c < CHANNELS ? C - c : CHANNELS;
      if (count <= 0) {
        for (long t = 0; t < g.rows * g.columns; t++) memset(part + t * C + c, 0, channels * sizeof(float));
        return;
      }
      const long rows = (count - 1) * g.strides[0] + (g.rows - 1) * g.dilations[0] + 1;
      const Scratch room((rows * width + count * out[2]) * CHANNELS);
      const Strip values{rows, width, room.data()}, pull{count, out[2], room.data() + rows * width * CHANNELS};
      values.fill(x + image * in[1] * in[2] * C, in[1], in[2], C, c, begin * g.strides[0] - g.before[0], -g.before[1]);
      pull.fill(dy + image * out[1] * out[2] * C, out[1], out[2], C, c, begin, 0);
      const auto fast = chooseCorrelate(g);
      vf sums[64];
      for (int n = 0; n * LANES < channels; n++) {
        const long at = c + n * LANES, lanes = C - at < LANES ? C - at : LANES;
        for (int u = 0; u < g.rows; u++) {
          const long row = u * g.dilations[0];
          if (fast) fast(values, pull, n, row, g.strides[0], sums);
          else
            for (int v = 0; v < g.columns; v++)
              correlateOne(values, pull, n, row, g.strides[0], v * g.dilations[1], g.strides[1], sums + v);
          for (int v = 0; v < g.columns; v++)
            memcpy(part + (static_cast<long>(u) * g.columns + v) * C + at, &sums[v], lanes * sizeof(float));
        }
      }
    });
    parallelPieces(size, 4096, [&](long begin, long end) {
      for (long i = begin; i < end; i++) dFilter[i] = 0;
      for (long item = 0; item < out[0] * bands; item++)
        for (long i = begin; i < end; i++) dFilter[i] += parts.data()[item * size + i];
    });
  }

  typedef void (*Correlate)(const Strip&, const Strip&, int, long, long, vf*);
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
