// Involution (Li et al. 2021, equation 4) and its two gradients for any kernel size, groups, stride and dilation.
#include "involution/at-place.h"

#include "base/op.h"
#include "base/pool.h"
#include "involution/channel-windows.h"
#include "involution/taps.h"

namespace involve {
namespace {

/** The attributes and the shapes that a call of any of the three has. */
struct Geometry {
  int size, stride, dilation, before;
  long groups;
  long batch = 0, height = 0, width = 0, channels = 0, outHeight = 0, outWidth = 0;

  explicit Geometry(Attributes& attributes)
      : size(static_cast<int>(attributes.integer("kernel_size"))),
        stride(static_cast<int>(attributes.integer("stride"))),
        dilation(static_cast<int>(attributes.integer("dilation"))),
        before(static_cast<int>(attributes.integer("before"))),
        groups(attributes.integer("groups")) {}

  int taps() const { return size * size; }
  long perGroup() const { return channels / groups; }

  /** Whether every channel has a kernel of its own and windows are rows of the map. */
  bool isByChannel() const { return groups == channels && stride == 1 && dilation == 1; }
  ChannelWindows byChannel() const { return {size, before, batch, height, width, channels, outHeight, outWidth}; }

  bool set(Call& call, const std::vector<int64_t>& input, const std::vector<int64_t>& output) {
    if (input.size() != 4 || output.size() != 4) return call.fail("involution takes maps of images");
    if (size > 63 || groups < 1 || input[3] % groups) return call.fail("involution: groups must divide the channels");
    batch = input[0];
    height = input[1];
    width = input[2];
    channels = input[3];
    outHeight = output[1];
    outWidth = output[2];
    return true;
  }
};

/** One direction of the weighted sum: of the output from the input, or of the input's gradient from the output's. */
struct Direction {
  bool isForward;
  long fromHeight, fromWidth, toHeight, toWidth;
  Taps rowTaps, columnTaps;

  Direction(const Geometry& g, bool forward)
      : isForward(forward),
        fromHeight(forward ? g.height : g.outHeight),
        fromWidth(forward ? g.width : g.outWidth),
        toHeight(forward ? g.outHeight : g.height),
        toWidth(forward ? g.outWidth : g.width),
        rowTaps(axis(g, toHeight, fromHeight)),
        columnTaps(axis(g, toWidth, fromWidth)) {}

  Taps axis(const Geometry& g, long to, long from) const {
    return isForward ? Taps::ofOutput(to, from, g.size, g.stride, g.dilation, g.before)
                     : Taps::ofInput(to, from, g.size, g.stride, g.dilation, g.before);
  }
};

/** Places of a row of the input whose gradients are computed from one piece of the kernels. */
constexpr long TOGETHER = 32;

/**
 * For the gradient to the input: what some places of it take from the kernels, [row][place of the output][group][tap of
 * the row]. Each of their weights is of another place, and where the kernels lie that is another cache line.
 */
class Piece {
 public:
  Piece(const Geometry& g, const Direction& d)
      : g_(g), d_(d), weights_(4 * g.taps() * ((TOGETHER + g.dilation * (g.size - 1)) / g.stride + 2)) {}

  /** Fetches what `count` places of row y of an image take, from x on, for the groups of a block. */
  void fetch(long image, long y, long x, long count, long group, int groups, const float* kernel) {
    first_ = g_.outWidth;
    long last = -1;
    for (long n = x; n < x + count; n++)
      for (int i = 0; i < d_.columnTaps.count(n); i++) {
        const long place = d_.columnTaps.places(n)[i];
        first_ = place < first_ ? place : first_;
        last = place > last ? place : last;
      }
    place_ = static_cast<long>(groups) * g_.size;
    row_ = last < first_ ? 0 : (last - first_ + 1) * place_;
    switch (g_.size) {
      case 3: return copy<3>(image, y, last, group, groups, kernel);
      case 5: return copy<5>(image, y, last, group, groups, kernel);
      case 7: return copy<7>(image, y, last, group, groups, kernel);
      default: return copy<0>(image, y, last, group, groups, kernel);
    }
  }

  const float* weights() const { return weights_.data(); }
  /** Where the weights of the i-th row begin, and within it those that place x takes by its j-th tap. */
  long row(int i) const { return i * row_; }
  long column(long x, int j) const {
    return (d_.columnTaps.places(x)[j] - first_) * place_ + d_.columnTaps.taps(x)[j];
  }

 private:
  /** `Size` is the kernel's, for copies of fixed length; 0: any. */
  template <int Size>
  void copy(long image, long y, long last, long group, int groups, const float* kernel) {
    const long size = Size ? Size : g_.size, taps = size * size, perPlace = g_.groups * taps;
    float* to = weights_.data();
    for (int r = 0; r < d_.rowTaps.count(y); r++) {
      const float* from = kernel + ((image * g_.outHeight + d_.rowTaps.places(y)[r]) * g_.outWidth + first_) * perPlace +
                          group * taps + d_.rowTaps.taps(y)[r] * size;
      for (long place = first_; place <= last; place++, from += perPlace)
        for (int each = 0; each < groups; each++, to += size) memcpy(to, from + each * taps, size * sizeof(float));
    }
  }

  const Geometry& g_;
  const Direction& d_;
  std::vector<float> weights_;
  long first_ = 0, place_ = 0, row_ = 0;
};

/** Groups that no block has, of one channel at a stride above all: the weights are spread over the channels first. */
void weighNarrow(const Geometry& g, const Reach& rows, const Reach& columns, const float* from, const float* kernel,
                 float* spread, float* to) {
  const long C = g.channels, perGroup = g.perGroup(), taps = g.taps();
  for (long c = 0; c < C; c++) to[c] = 0;
  for (int i = 0; i < rows.count; i++)
    for (int j = 0; j < columns.count; j++) {
      const float* weight = kernel + rows.kernels[i] + columns.kernels[j];
      const float* value = from + rows.values[i] + columns.values[j];
      for (long group = 0, c = 0; group < g.groups; group++)
        for (long n = 0; n < perGroup; n++, c++) spread[c] = weight[group * taps];
      for (long c = 0; c < C; c++) to[c] += spread[c] * value[c];
    }
}

/** One row of the map that comes out, `to`. */
void weighRow(const Geometry& g, const Direction& d, const std::vector<Block>& blocks,
              const std::vector<Reach>& columns, const float* from, const float* kernel, float* to, long row) {
  const long taps = g.taps(), C = g.channels, kernelRow = g.outWidth * g.groups * taps;
  const long image = row / d.toHeight, y = row % d.toHeight;
  const bool gathers = !d.isForward && !blocks.empty();
  Reach rows;
  rows.count = d.rowTaps.count(y);
  for (int i = 0; i < rows.count; i++) {
    const long place = d.rowTaps.places(y)[i];
    rows.values[i] = (image * d.fromHeight + place) * d.fromWidth * C;
    rows.kernels[i] = d.rowTaps.taps(y)[i] * g.size + (image * g.outHeight + (d.isForward ? y : place)) * kernelRow;
  }
  float* line = to + row * d.toWidth * C;
  if (blocks.empty()) {
    std::vector<float> spread(C);
    for (long x = 0; x < d.toWidth; x++)
      weighNarrow(g, rows, columns[x], from, kernel, spread.data(), line + x * C);
    return;
  }
  if (!gathers) {
    for (long x = 0; x < d.toWidth; x++)
      for (const Block& block : blocks)
        block.weigh(rows, columns[x], from + block.channel, kernel + block.group * taps, taps, g.perGroup(),
                    line + x * C + block.channel);
    return;
  }
  Piece piece(g, d);
  Reach near;
  for (long x = 0; x < d.toWidth; x += TOGETHER) {
    const long count = d.toWidth - x < TOGETHER ? d.toWidth - x : TOGETHER;
    long fetched = -1;
    for (const Block& block : blocks) {
      // Blocks of one wide group share its weights.
      if (block.group != fetched) piece.fetch(image, y, x, count, block.group, block.groups, kernel);
      fetched = block.group;
      for (int i = 0; i < rows.count; i++) rows.kernels[i] = piece.row(i);
      for (long n = x; n < x + count; n++) {
        near.count = columns[n].count;
        for (int j = 0; j < near.count; j++) {
          near.values[j] = columns[n].values[j];
          near.kernels[j] = piece.column(n, j);
        }
        block.weigh(rows, near, from + block.channel, piece.weights(), g.size, g.perGroup(),
                    line + n * C + block.channel);
      }
    }
  }
}

/** to = Σ over the taps of kernel · from. Kernels belong to the places of the output in both directions. */
void weighMap(const Geometry& g, const Direction& d, const float* from, const float* kernel, float* to) {
  const long perPlace = g.groups * g.taps(), C = g.channels;
  const std::vector<Block> blocks = blocksOf(g.groups, g.perGroup());
  // Offsets along an axis are the same for every row.
  std::vector<Reach> columns(d.toWidth);
  for (long x = 0; x < d.toWidth; x++) {
    columns[x].count = d.columnTaps.count(x);
    for (int i = 0; i < columns[x].count; i++) {
      const long place = d.columnTaps.places(x)[i];
      columns[x].values[i] = place * C;
      columns[x].kernels[i] = d.columnTaps.taps(x)[i] + (d.isForward ? x : place) * perPlace;
    }
  }
  // Rows of a band read the same kernels and values, which then come from the cache of one core.
  const long most = g.batch * d.toHeight / 32, band = most < 1 ? 1 : most < 14 ? most : 14;
  parallelPieces(g.batch * d.toHeight, band, [&](long begin, long end) {
    for (long row = begin; row < end; row++) weighRow(g, d, blocks, columns, from, kernel, to, row);
  });
}

struct InvolutionKernel {
  Geometry geometry;
  explicit InvolutionKernel(Attributes& attributes) : geometry(attributes) {}
  void compute(Call& call) {
    TF_Tensor *x = call.input(0), *kernel = call.input(1);
    Geometry g = geometry;
    if (!g.set(call, shapeOf(x), shapeOf(kernel))) return;
    float* y = call.output(0, {g.batch, g.outHeight, g.outWidth, g.channels});
    if (!y) return;
    if (g.isByChannel()) return g.byChannel().weigh(valuesOf(x), valuesOf(kernel), y);
    weighMap(g, Direction(g, true), valuesOf(x), valuesOf(kernel), y);
  }
};

struct InvolutionInputGrad {
  Geometry geometry;
  std::vector<int64_t> shape;
  explicit InvolutionInputGrad(Attributes& attributes)
      : geometry(attributes), shape(attributes.integers("input_shape", 4)) {}
  void compute(Call& call) {
    TF_Tensor *dy = call.input(0), *kernel = call.input(1);
    Geometry g = geometry;
    if (!g.set(call, shape, shapeOf(dy))) return;
    float* dx = call.output(0, shape);
    if (!dx) return;
    if (g.isByChannel()) return g.byChannel().inputGradient(valuesOf(dy), valuesOf(kernel), dx);
    weighMap(g, Direction(g, false), valuesOf(dy), valuesOf(kernel), dx);
  }
};

struct InvolutionKernelGrad {
  Geometry geometry;
  explicit InvolutionKernelGrad(Attributes& attributes) : geometry(attributes) {}
  void compute(Call& call) {
    TF_Tensor *dyTensor = call.input(0), *xTensor = call.input(1);
    Geometry g = geometry;
    if (!g.set(call, shapeOf(xTensor), shapeOf(dyTensor))) return;
    const int taps = g.taps();
    float* dk = call.output(0, {g.batch, g.outHeight, g.outWidth, g.groups * taps});
    if (!dk) return;
    const float *dy = valuesOf(dyTensor), *x = valuesOf(xTensor);
    if (g.isByChannel()) return g.byChannel().kernelGradient(dy, x, dk);
    const long C = g.channels, perGroup = g.perGroup();
    const std::vector<float> zeros(C, 0.f);
    const Multiply products = perGroup % 4 ? nullptr : chooseMultiply<4>(static_cast<int>(perGroup));
    Pool::get().run(g.batch * g.outHeight, [&](long row) {
      const long image = row / g.outHeight, top = row % g.outHeight * g.stride - g.before;
      std::vector<const float*> place((taps + 3) / 4 * 4, zeros.data());
      for (long j = 0; j < g.outWidth; j++) {
        const long left = j * g.stride - g.before;
        for (int u = 0, t = 0; u < g.size; u++) {
          const long i = top + static_cast<long>(u) * g.dilation;
          const float* line = x + (image * g.height + i) * g.width * C;
          for (int v = 0; v < g.size; v++, t++) {
            const long k = left + static_cast<long>(v) * g.dilation;
            const bool isInside = i >= 0 && i < g.height && k >= 0 && k < g.width;
            place[t] = isInside ? line + k * C : zeros.data();
          }
        }
        const float* query = dy + (row * g.outWidth + j) * C;
        float* to = dk + (row * g.outWidth + j) * g.groups * taps;
        if (products) {
          products(query, place.data(), taps, g.groups, static_cast<int>(perGroup), to);
          continue;
        }
        for (int t = 0; t < taps; t++)
          for (long group = 0, c = 0; group < g.groups; group++) {
            float sum = 0;
            for (long n = 0; n < perGroup; n++, c++) sum += query[c] * place[t][c];
            to[group * taps + t] = sum;
          }
      }
    });
  }
};

/** [x0, kernel1, kernel2, x3]. */
void shapeOfInvolution(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shapes shapes(context, status);
  TF_ShapeHandle *x = shapes.input(0), *kernel = shapes.input(1);
  shapes.output(0, shapes.join(shapes.join(shapes.part(x, 0, 1), shapes.part(kernel, 1, 3)), shapes.part(x, 3, 4)));
}

}  // namespace

void registerInvolution() {
  registerOp<InvolutionKernel>("InvolveInvolution", {"x: float", "kernel: float"}, {"y: float"},
                               {"kernel_size: int", "groups: int", "stride: int", "dilation: int", "before: int"},
                               shapeOfInvolution);
  registerOp<InvolutionInputGrad>(
      "InvolveInvolutionInputGrad", {"dy: float", "kernel: float"}, {"dx: float"},
      {"kernel_size: int", "groups: int", "stride: int", "dilation: int", "before: int", "input_shape: list(int)"}, shapesUnknown);
  registerOp<InvolutionKernelGrad>("InvolveInvolutionKernelGrad", {"dy: float", "x: float"}, {"dkernel: float"},
                                   {"kernel_size: int", "groups: int", "stride: int", "dilation: int", "before: int"},
                                   shapesUnknown);
}

}  // namespace involve
