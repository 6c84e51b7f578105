// Dense convolutions, and their gradients to the input, of products in bfloat16 and sums in float32: see tiles.h. Each
// tap of the filter is a product of matrices, [places, channels] · [channels, outputs], whose first factor begins some
// places further on. A gradient is, for each phase of the stride, a convolution with the taps that meet it, turned. No sum
// depends on how the work is cut.
#include <algorithm>
#include <vector>

#include "base/op.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "bfloat16/maps.h"
#include "bfloat16/tiles.h"

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

/** Outputs that the same taps of the filter meet, in every image. */
struct Part {
  /** The taps, and how many places from that of the first output each reads. */
  std::vector<long> taps, at;
  long rows, columns;
  /** The first of them in the output. */
  long top, left;
};

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
  long height, width, outputs;
  /** From row to row and column to column of a part, in the output. */
  long apart;
  std::vector<Part> parts;

  void run() const {
    const long depth = roundUp(maps.channels, DEPTH);
    // Behind the last place there are some that mean nothing.
    const Scratch room((maps.planes() * maps.places() + WIDE) * depth / 2);
    half* places = reinterpret_cast<half*>(room.data());
    maps.forRows(x, [&](const float* row, long first, long column, long end, long at) {
      for (; column < end; column++, at++) {
        const float* from = maps.place(row, first, column);
        if (from == nullptr) memset(places + at * depth, 0, depth * sizeof(half));
        else round(from, maps.channels, depth, places + at * depth);
      }
    });
    for (const Part& part : parts) compute(part, places, depth);
  }

  void compute(const Part& part, const half* places, long depth) const {
    const long taps = part.taps.size(), steps = depth / DEPTH;
    const long blocks = pieces(outputs, WIDE), blockValues = taps * steps * 2 * TILE_VALUES;
    const Scratch packed(std::max(1L, blocks * blockValues / 2));
    half* filters = reinterpret_cast<half*>(packed.data());
    Pool::get().run(blocks * taps, [&](long item) {
      const long block = item / taps, tap = item % taps;
      packTap(block * WIDE, part.taps[tap], steps, filters + block * blockValues + tap * steps * 2 * TILE_VALUES);
    });
    const long perImage = pieces((part.rows - 1) * maps.columns() + part.columns, WIDE);
    const long strips = maps.batch * perImage, chunk = std::max(1L, CHUNK_VALUES / (WIDE * depth * maps.across()));
    Pool::get().run(pieces(strips, chunk) * blocks, [&](long item) {
      const long first = item / blocks * chunk, block = item % blocks;
      const Tiles tiles;
      for (long strip = first; strip < std::min(strips, first + chunk); strip++) {
        const long image = strip / perImage, place = strip % perImage * WIDE;
        multiply(part, places + (image * maps.step() + place) * depth, depth, filters + block * blockValues);
        write(part, image, place, block * WIDE);
      }
    });
  }

  /** One tap of the filter for 32 outputs: [steps][2 tiles][16 pairs of channels][16 outputs]. */
  void packTap(long n0, long tap, long steps, half* to) const {
    const long K = maps.channels, N = outputs;
    const float* from = filter.values + tap * K * N;
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

  /** Sums of 32 outputs for 32 places, from `from` on, into the first four tiles. */
  static void multiply(const Part& part, const half* from, long depth, const half* filters) {
    const long bytes = depth * sizeof(half);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (const long at : part.at) {
      const half* a = from + at * depth;
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
  }

  /** The sums of 32 places of an image, from `place` on, and 32 outputs, from `n0` on. */
  void write(const Part& part, long image, long place, long n0) const {
    alignas(64) float sums[WIDE][WIDE];
    _tile_stored(0, sums[0], sizeof sums[0]);
    _tile_stored(1, sums[0] + SIDE, sizeof sums[0]);
    _tile_stored(2, sums[SIDE], sizeof sums[0]);
    _tile_stored(3, sums[SIDE] + SIDE, sizeof sums[0]);
    const __mmask16 first = lanes(outputs - n0), second = lanes(outputs - n0 - SIDE);
    long row = place / maps.columns(), column = place % maps.columns();
    for (long i = 0; i < WIDE && row < part.rows; i++) {
      if (column < part.columns) {
        const long outRow = image * height + part.top + row * apart, outColumn = part.left + column * apart;
        float* to = y + (outRow * width + outColumn) * outputs + n0;
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

/** One part: all outputs. */
std::vector<Part> partsOfOutput(const Padded& maps) {
  Part all{{}, {}, maps.outHeight, maps.outWidth, 0, 0};
  for (long tap = 0; tap < maps.taps(); tap++) {
    all.taps.push_back(tap);
    all.at.push_back(maps.at(tap / maps.side, tap % maps.side));
  }
  return {all};
}

/** Places of a gradient, in one direction, that the same taps met: those `phase` behind where the filter can begin. */
struct Phase {
  long first, count, taps;
  /** The padded place that meets the last tap at the first of them, if that were tap 0. */
  long at;

  Phase(long phase, long before, long length, long side, long stride) {
    const long meets = pieces(before - phase, stride);
    first = meets * stride + phase - before;
    count = first < length ? pieces(length - first, stride) : 0;
    taps = phase < side ? pieces(side - phase, stride) : 0;
    at = meets - before / stride + (side - 1) / stride;
  }
};

/** The gradient to an input of the height and width `size`, as a convolution of dy with zeros around it. */
std::vector<Part> partsOfGradient(const Padded& maps, const std::vector<int64_t>& before,
                                  const std::vector<int64_t>& size, long side, long stride) {
  std::vector<Part> parts;
  for (long p = 0; p < stride; p++)
    for (long q = 0; q < stride; q++) {
      const Phase down(p, before[0], size[0], side, stride), across(q, before[1], size[1], side, stride);
      if (down.count == 0 || across.count == 0) continue;
      Part part{{}, {}, down.count, across.count, down.first, across.first};
      for (long i = down.taps - 1; i >= 0; i--)
        for (long j = across.taps - 1; j >= 0; j--) {
          part.taps.push_back((p + i * stride) * side + q + j * stride);
          part.at.push_back(maps.at(down.at - i, across.at - j));
        }
      parts.push_back(part);
    }
  return parts;
}

/** The maps, spread where that makes products so much fewer that it is worth the memory. */
Padded spreadOut(Padded maps) {
  const long strips = pieces(maps.span(), WIDE);
  maps.spread = true;
  maps.spread = pieces(maps.span(), WIDE) * 5 < strips * 4;
  return maps;
}

bool areMaps(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& filter, int channelsAt) {
  if (maps.size() == 4 && filter.size() == 4 && filter[0] == filter[1] && filter[channelsAt] == maps[3]) return true;
  return call.fail("a convolution in bfloat16 takes maps of images and a square filter of their channels");
}

/** y = x * filter, `before` zeros above and to the left, as many behind as the size of the output asks for. */
struct ConvolutionKernel : Geometry {
  using Geometry::Geometry;

  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *filterTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), filter = shapeOf(filterTensor);
    if (!areMaps(call, in, filter, 2)) return;
    float* y = call.output(0, {in[0], size[0], size[1], filter[3]});
    if (!y) return;
    const Padded maps =
        spreadOut({in[0], in[1], in[2], in[3], size[0], size[1], before[0], before[1], filter[0], stride, false});
    const Filter values{valuesOf(filterTensor), false};
    Convolution{valuesOf(xTensor), maps, values, y, size[0], size[1], filter[3], 1, partsOfOutput(maps)}.run();
  }
};

/** The gradient of that to x, of the height and width `size`. */
struct InputGradKernel : Geometry {
  using Geometry::Geometry;

  void compute(Call& call) {
    TF_Tensor *dyTensor = call.input(0), *filterTensor = call.input(1);
    const std::vector<int64_t> out = shapeOf(dyTensor), filter = shapeOf(filterTensor);
    if (!areMaps(call, out, filter, 3)) return;
    float* dx = call.output(0, {out[0], size[0], size[1], filter[2]});
    if (!dx) return;
    const long side = filter[0], reach = (side - 1) / stride;
    const auto places = [&](int axis) { return (size[axis] - 1 + before[axis]) / stride - before[axis] / stride + 1; };
    const auto zeros = [&](int axis) { return reach - before[axis] / stride; };
    const Padded maps = spreadOut({out[0], out[1], out[2], out[3], places(0), places(1), zeros(0), zeros(1), reach + 1, 1,
                                   false});
    const Filter values{valuesOf(filterTensor), true};
    Convolution{valuesOf(dyTensor), maps,      values, dx,
                size[0],            size[1],   filter[2], stride,
                partsOfGradient(maps, before, size, side, stride)}
        .run();
  }
};

}  // namespace
}  // namespace bfloat16

void registerBfloat16Convolution() {
  using namespace bfloat16;
  registerOp<ConvolutionKernel>("InvolveBfloat16Convolution", {"x: float", "filter: float"}, {"y: float"},
                                INVOLVE_GEOMETRY, shapesUnknown);
  registerOp<InputGradKernel>("InvolveBfloat16InputGrad", {"dy: float", "filter: float"}, {"dx: float"},
                              INVOLVE_GEOMETRY, shapesUnknown);
}
#else
void registerBfloat16Convolution() {}
#endif

}  // namespace involve
