// Involution (Li et al. 2021, equation 4) and its two gradients for any kernel size, groups, stride and dilation.
#include "involution.h"

#include "op.h"
#include "pool.h"
#include "taps.h"

namespace involve {
namespace {

/** The attributes and the shapes that a call of any of the three has. */
struct Geometry {
  int size, stride, dilation;
  long groups;
  long batch = 0, height = 0, width = 0, channels = 0, outHeight = 0, outWidth = 0;

  explicit Geometry(Attributes& attributes)
      : size(static_cast<int>(attributes.integer("kernel_size"))),
        stride(static_cast<int>(attributes.integer("stride"))),
        dilation(static_cast<int>(attributes.integer("dilation"))),
        groups(attributes.integer("groups")) {}

  int taps() const { return size * size; }
  int before() const { return dilation * (size - 1) / 2; }
  long perGroup() const { return channels / groups; }

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

/**
 * to = Σ over the taps of kernel · from: the forward pass, and the gradient to the input with other taps. Kernels
 * belong to the places of the output in both.
 */
void weighMap(const Geometry& g, const Taps& rowTaps, const Taps& columnTaps, bool isForward, const float* from,
              const float* kernel, float* to) {
  const long fromHeight = isForward ? g.height : g.outHeight, fromWidth = isForward ? g.width : g.outWidth;
  const long toHeight = isForward ? g.outHeight : g.height, toWidth = isForward ? g.outWidth : g.width;
  const long taps = g.taps(), perPlace = g.groups * taps, kernelRow = g.outWidth * perPlace, C = g.channels;
  const std::vector<Block> blocks = blocksOf(g.groups, g.perGroup());
  // Offsets along an axis are the same for every row.
  std::vector<Reach> columns(toWidth);
  for (long x = 0; x < toWidth; x++) {
    columns[x].count = columnTaps.count(x);
    for (int i = 0; i < columns[x].count; i++) {
      columns[x].values[i] = columnTaps.places(x)[i] * C;
      columns[x].kernels[i] = columnTaps.taps(x)[i] + (isForward ? x : columnTaps.places(x)[i]) * perPlace;
    }
  }
  Pool::get().run(g.batch * toHeight, [&](long row) {
    const long image = row / toHeight, y = row % toHeight;
    Reach rows;
    rows.count = rowTaps.count(y);
    for (int i = 0; i < rows.count; i++) {
      rows.values[i] = (image * fromHeight + rowTaps.places(y)[i]) * fromWidth * C;
      rows.kernels[i] = rowTaps.taps(y)[i] * g.size +
                        (image * g.outHeight + (isForward ? y : rowTaps.places(y)[i])) * kernelRow;
    }
    std::vector<float> spread(blocks.empty() ? C : 0);
    for (long x = 0; x < toWidth; x++) {
      float* place = to + (row * toWidth + x) * C;
      for (const Block& block : blocks)
        block.weigh(rows, columns[x], from + block.channel, kernel + block.group * taps, taps, g.perGroup(),
                    place + block.channel);
      if (!blocks.empty()) continue;
      // Groups of an odd width, or of one channel: the weights are spread over the channels first.
      for (long c = 0; c < C; c++) place[c] = 0;
      for (int i = 0; i < rows.count; i++)
        for (int j = 0; j < columns[x].count; j++) {
          const float* weight = kernel + rows.kernels[i] + columns[x].kernels[j];
          const float* value = from + rows.values[i] + columns[x].values[j];
          for (long group = 0, c = 0; group < g.groups; group++)
            for (long n = 0; n < g.perGroup(); n++, c++) spread[c] = weight[group * taps];
          for (long c = 0; c < C; c++) place[c] += spread[c] * value[c];
        }
    }
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
    weighMap(g, Taps::ofOutput(g.outHeight, g.height, g.size, g.stride, g.dilation, g.before()),
             Taps::ofOutput(g.outWidth, g.width, g.size, g.stride, g.dilation, g.before()), true, valuesOf(x),
             valuesOf(kernel), y);
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
    weighMap(g, Taps::ofInput(g.height, g.outHeight, g.size, g.stride, g.dilation, g.before()),
             Taps::ofInput(g.width, g.outWidth, g.size, g.stride, g.dilation, g.before()), false, valuesOf(dy),
             valuesOf(kernel), dx);
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
    const long C = g.channels, perGroup = g.perGroup();
    const std::vector<float> zeros(C, 0.f);
    const Multiply products = perGroup % 4 ? nullptr : chooseMultiply<4>(static_cast<int>(perGroup));
    Pool::get().run(g.batch * g.outHeight, [&](long row) {
      const long image = row / g.outHeight, top = row % g.outHeight * g.stride - g.before();
      std::vector<const float*> place((taps + 3) / 4 * 4, zeros.data());
      for (long j = 0; j < g.outWidth; j++) {
        const long left = j * g.stride - g.before();
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
                               {"kernel_size: int", "groups: int", "stride: int", "dilation: int"},
                               shapeOfInvolution);
  registerOp<InvolutionInputGrad>(
      "InvolveInvolutionInputGrad", {"dy: float", "kernel: float"}, {"dx: float"},
      {"kernel_size: int", "groups: int", "stride: int", "dilation: int", "input_shape: list(int)"}, shapesUnknown);
  registerOp<InvolutionKernelGrad>("InvolveInvolutionKernelGrad", {"dy: float", "x: float"}, {"dkernel: float"},
                                   {"kernel_size: int", "groups: int", "stride: int", "dilation: int"},
                                   shapesUnknown);
}

}  // namespace involve
