// Dense convolutions of stride 1, and their gradients to the input, which are convolutions with the filter turned, of
// products in bfloat16 and sums in float32: see bfloat16.h. Each tap of the filter is a product of matrices, [places,
// channels] · [channels, outputs], whose first factor begins some places further on. No sum depends on how the work is cut.
#include <algorithm>
#include <vector>

#include "bfloat16.h"
#include "op.h"
#include "pool.h"
#include "scratch.h"

namespace involve {
#if defined(INVOLVE_HAS_TILES)
namespace bfloat16 {
namespace {

/** Outputs and places that are computed at once: two tiles of each. */
constexpr long WIDE = 2 * SIDE;
/** Values of the maps that stay in a core's cache while they meet one block of outputs. */
constexpr long CHUNK_VALUES = 1 << 18;
/** Values of a tile of the filter: rows of pairs. */
constexpr long TILE_VALUES = DEPTH * SIDE;

struct Filter {
  const float* values;
  /** Whether this is the filter [side, side, outputs, channels] of the convolution that a gradient is of. */
  bool turned;
};

struct Convolution {
  const float* x;
  Padded maps;
  Filter filter;
  float* y;
  long outputs;

  void run() const {
    const long depth = roundUp(maps.channels, DEPTH), steps = depth / DEPTH;
    const long blocks = pieces(outputs, WIDE), blockValues = maps.taps() * steps * 2 * TILE_VALUES;
    // Behind the last place there are some that mean nothing.
    const Scratch room((maps.places() + maps.lastTapAt() + WIDE) * depth / 2), packed(blocks * blockValues / 2);
    half *places = reinterpret_cast<half*>(room.data()), *filters = reinterpret_cast<half*>(packed.data());
    Pool::get().run(maps.batch * maps.rows(), [&](long row) { roundRow(row, depth, places); });
    Pool::get().run(blocks * maps.taps(), [&](long item) {
      const long block = item / maps.taps(), tap = item % maps.taps();
      packTap(block * WIDE, tap, steps, filters + block * blockValues + tap * steps * 2 * TILE_VALUES);
    });
    const long perImage = pieces((maps.outHeight - 1) * maps.columns() + maps.outWidth, WIDE);
    const long strips = maps.batch * perImage, chunk = std::max(1L, CHUNK_VALUES / (WIDE * depth));
    Pool::get().run(pieces(strips, chunk) * blocks, [&](long item) {
      const long first = item / blocks * chunk, block = item % blocks;
      const Tiles tiles;
      for (long strip = first; strip < std::min(strips, first + chunk); strip++)
        multiply(places, depth, filters + block * blockValues, strip / perImage, strip % perImage * WIDE, block * WIDE);
    });
  }

  void roundRow(long row, long depth, half* places) const {
    const float* from = maps.row(x, row / maps.rows(), row % maps.rows());
    half* to = places + row * maps.columns() * depth;
    for (long column = 0; column < maps.columns(); column++, to += depth) {
      const long inside = column - maps.left;
      if (from == nullptr || inside < 0 || inside >= maps.width) memset(to, 0, depth * sizeof(half));
      else round(from + inside * maps.channels, maps.channels, depth, to);
    }
  }

  /** One tap of the filter for 32 outputs: [steps][2 tiles][16 pairs of channels][16 outputs]. */
  void packTap(long n0, long tap, long steps, half* to) const {
    const long K = maps.channels, N = outputs;
    const float* from = filter.values + (filter.turned ? maps.taps() - 1 - tap : tap) * K * N;
    for (long step = 0; step < steps; step++)
      for (long n = n0; n < n0 + WIDE; n += SIDE, to += TILE_VALUES) {
        const long k0 = step * DEPTH;
        if (!filter.turned) {
          const auto row = [&](long k) {
            return _mm512_maskz_loadu_ps(k < K ? lanes(N - n) : 0, from + std::min(k, K - 1) * N + n);
          };
          for (long k = 0; k < DEPTH; k += 2)
            _mm512_storeu_si512(to + k * SIDE, paired(row(k0 + k), row(k0 + k + 1)));
          continue;
        }
        alignas(64) half values[SIDE][DEPTH] = {};
        for (long i = 0; i < std::min(SIDE, N - n); i++)
          round(from + (n + i) * K + k0, K - k0, DEPTH, values[i]);
        __m512i rows[16];
        for (long i = 0; i < SIDE; i++) rows[i] = _mm512_load_si512(values[i]);
        transpose(rows);
        for (long i = 0; i < SIDE; i++) _mm512_storeu_si512(to + i * DEPTH, rows[i]);
      }
  }

  /** 32 places of an image, from `place` on, and 32 outputs, from `n0` on. */
  void multiply(const half* places, long depth, const half* filters, long image, long place, long n0) const {
    const long bytes = depth * sizeof(half);
    const half* from = places + (image * maps.step() + place) * depth;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (long tap = 0; tap < maps.taps(); tap++) {
      const half* a = from + maps.tapAt(tap) * depth;
      for (long k = 0; k < depth; k += DEPTH, filters += 2 * TILE_VALUES) {
        _tile_loadd(4, a + k, bytes);
        _tile_loadd(6, filters, 64);
        _tile_loadd(7, filters + TILE_VALUES, 64);
        _tile_loadd(5, a + SIDE * depth + k, bytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
    alignas(64) float sums[WIDE][WIDE];
    _tile_stored(0, sums[0], sizeof sums[0]);
    _tile_stored(1, sums[0] + SIDE, sizeof sums[0]);
    _tile_stored(2, sums[SIDE], sizeof sums[0]);
    _tile_stored(3, sums[SIDE] + SIDE, sizeof sums[0]);
    const __mmask16 first = lanes(outputs - n0), second = lanes(outputs - n0 - SIDE);
    long row = place / maps.columns(), column = place % maps.columns();
    for (long i = 0; i < WIDE && row < maps.outHeight; i++) {
      if (column < maps.outWidth) {
        float* to = y + ((image * maps.outHeight + row) * maps.outWidth + column) * outputs + n0;
        _mm512_mask_storeu_ps(to, first, _mm512_load_ps(sums[i]));
        _mm512_mask_storeu_ps(to + SIDE, second, _mm512_load_ps(sums[i] + SIDE));
      }
      if (++column == maps.columns()) {
        column = 0;
        row++;
      }
    }
  }
};

bool areMaps(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& filter, int channelsAt) {
  if (maps.size() == 4 && filter.size() == 4 && filter[0] == filter[1] && filter[channelsAt] == maps[3]) return true;
  return call.fail("a convolution in bfloat16 takes maps of images and a square filter of their channels");
}

/** y = x * filter, `before` zeros above and to the left, as many behind as the size of the output asks for. */
struct ConvolutionKernel {
  std::vector<int64_t> before, size;
  explicit ConvolutionKernel(Attributes& attributes)
      : before(attributes.integers("before", 2)), size(attributes.integers("size", 2)) {}

  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *filterTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), filter = shapeOf(filterTensor);
    if (!areMaps(call, in, filter, 2)) return;
    float* y = call.output(0, {in[0], size[0], size[1], filter[3]});
    if (!y) return;
    Convolution{valuesOf(xTensor),
                {in[0], in[1], in[2], in[3], size[0], size[1], before[0], before[1], filter[0]},
                {valuesOf(filterTensor), false},
                y,
                filter[3]}
        .run();
  }
};

/** The gradient of that to x, of the height and width `size`. */
struct InputGradKernel : ConvolutionKernel {
  using ConvolutionKernel::ConvolutionKernel;

  void compute(Call& call) {
    TF_Tensor *dyTensor = call.input(0), *filterTensor = call.input(1);
    const std::vector<int64_t> out = shapeOf(dyTensor), filter = shapeOf(filterTensor);
    if (!areMaps(call, out, filter, 3)) return;
    float* dx = call.output(0, {out[0], size[0], size[1], filter[2]});
    if (!dx) return;
    const long last = filter[0] - 1;
    Convolution{valuesOf(dyTensor),
                {out[0], out[1], out[2], out[3], size[0], size[1], last - before[0], last - before[1], filter[0]},
                {valuesOf(filterTensor), true},
                dx,
                filter[2]}
        .run();
  }
};

}  // namespace
}  // namespace bfloat16

void registerBfloat16Convolution() {
  using namespace bfloat16;
  registerOp<ConvolutionKernel>("InvolveBfloat16Convolution", {"x: float", "filter: float"}, {"y: float"},
                                {"before: list(int)", "size: list(int)"}, shapesUnknown);
  registerOp<InputGradKernel>("InvolveBfloat16InputGrad", {"dy: float", "filter: float"}, {"dx: float"},
                              {"before: list(int)", "size: list(int)"}, shapesUnknown);
}
#else
void registerBfloat16Convolution() {}
#endif

}  // namespace involve
