// The gradient of depthwise convolution to its filter: one filter a channel, any size, stride and dilation, NHWC.
// TensorFlow's own takes several times as long for 5×5; its convolution and its gradient to the input are as fast as
// vectors get.
#include <cstring>

#include "op.h"
#include "pool.h"
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

/** One vector of channels of some rows, one after the other, with the zeros around the map. */
struct Strip {
  /** Rows and places of a row in memory. */
  long rows, width;
  std::vector<float> values;
  Strip(long rows, long width) : rows(rows), width(width), values(rows * width * LANES) {}

  /** Fills in the rows from `top` on and the places from `left` on, which may lie outside of the map. */
  void fill(const float* image, long height, long across, long C, long c, long top, long left) {
    const long lanes = C - c < LANES ? C - c : LANES;
    for (long i = 0; i < rows; i++)
      for (long j = 0; j < width; j++) {
        float* to = values.data() + (i * width + j) * LANES;
        const long y = top + i, x = left + j;
        const float* from = image + (y * across + x) * C + c;
        if (y < 0 || y >= height || x < 0 || x >= across) store(to, vf{});
        else if (lanes == LANES) store(to, load(from));
        else
          for (long n = 0; n < LANES; n++) to[n] = n < lanes ? from[n] : 0.f;
      }
  }
};

/** sums[v] = Σ over the places (i, j) of pull · values seen by the tap v of one row of the filter. */
template <int Count, int Step>
static void correlate(const Strip& values, const Strip& pull, long row, long rowStep, vf* sums) {
  vf sum[Count] = {};
  for (long i = 0; i < pull.rows; i++) {
    const float* d = pull.values.data() + i * pull.width * LANES;
    const float* x = values.values.data() + (row + i * rowStep) * values.width * LANES;
    long j = 0;
    for (; j + 4 <= pull.width; j += 4, d += 4 * LANES, x += 4 * Step * LANES) {
      vf value[Count + 3 * Step];
      INVOLVE_UNROLL
      for (int n = 0; n < Count + 3 * Step; n++) value[n] = load(x + n * LANES);
      INVOLVE_UNROLL
      for (int n = 0; n < 4; n++) {
        const vf each = load(d + n * LANES);
        INVOLVE_UNROLL
        for (int v = 0; v < Count; v++) sum[v] += each * value[n * Step + v];
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
void correlateOne(const Strip& values, const Strip& pull, long row, long rowStep, long offset, long step, vf* sum) {
  *sum = vf{};
  for (long i = 0; i < pull.rows; i++)
    for (long j = 0; j < pull.width; j++)
      *sum += load(pull.values.data() + (i * pull.width + j) * LANES) *
              load(values.values.data() + ((row + i * rowStep) * values.width + j * step + offset) * LANES);
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
    const long C = in[3], size = static_cast<long>(g.rows) * g.columns * C, tiles = (C + LANES - 1) / LANES;
    // Bands of rows of an image that fit into the cache, by the shapes alone: their sums are added in order.
    const long width = (out[2] - 1) * g.strides[1] + (g.columns - 1) * g.dilations[1] + 1;
    const long fitting = 2048 / (width * g.strides[0]), most = fitting < 1 ? 1 : fitting;
    const long bands = (out[1] + most - 1) / most, band = (out[1] + bands - 1) / bands;
    std::vector<float> parts(out[0] * bands * size);
    Pool::get().run(out[0] * bands * tiles, [&](long item) {
      const long c = item % tiles * LANES, image = item / tiles / bands, begin = item / tiles % bands * band;
      const long count = begin + band < out[1] ? band : out[1] - begin;
      float* part = parts.data() + item / tiles * size;
      const long lanes = C - c < LANES ? C - c : LANES;
      if (count <= 0) {
        for (long t = 0; t < g.rows * g.columns; t++) memset(part + t * C + c, 0, lanes * sizeof(float));
        return;
      }
      Strip values((count - 1) * g.strides[0] + (g.rows - 1) * g.dilations[0] + 1, width), pull(count, out[2]);
      values.fill(x + image * in[1] * in[2] * C, in[1], in[2], C, c, begin * g.strides[0] - g.before[0], -g.before[1]);
      pull.fill(dy + image * out[1] * out[2] * C, out[1], out[2], C, c, begin, 0);
      vf sums[64];
      for (int u = 0; u < g.rows; u++) {
        const auto fast = chooseCorrelate(g);
        if (fast) fast(values, pull, u * g.dilations[0], g.strides[0], sums);
        else
          for (int v = 0; v < g.columns; v++)
            correlateOne(values, pull, u * g.dilations[0], g.strides[0], v * g.dilations[1], g.strides[1], sums + v);
        for (int v = 0; v < g.columns; v++)
          memcpy(part + (static_cast<long>(u) * g.columns + v) * C + c, &sums[v], lanes * sizeof(float));
      }
    });
    parallelPieces(size, 4096, [&](long begin, long end) {
      for (long i = begin; i < end; i++) dFilter[i] = 0;
      for (long item = 0; item < out[0] * bands; item++)
        for (long i = begin; i < end; i++) dFilter[i] += parts[item * size + i];
    });
  }

  typedef void (*Correlate)(const Strip&, const Strip&, long, long, vf*);
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
