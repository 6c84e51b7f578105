// The gradient of a dense convolution of stride 1 to its filter, of products in bfloat16 and sums in float32: see
// bfloat16.h. Each tap is a product of matrices, [channels, places] · [places, outputs]; the gradient of a place that means
// nothing is zero. Sums go through all places in their order, however the work is cut.
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

/** Channels and outputs whose gradients are computed at once: two tiles of each. */
constexpr long WIDE = 2 * SIDE;
/** Places of 32 channels and of 32 outputs that stay in a core's cache while all taps meet them. */
constexpr long CHUNK = 4096;
/** Pairs of places that are rounded in one piece of work. */
constexpr long PIECE = 64;
/** Blocks of channels and outputs from which on each of them is one piece of work, with all taps. */
constexpr long ENOUGH = 8;
constexpr long SUMS = 4 * SIDE * SIDE;

struct FilterGradient {
  const float *x, *dy;
  Padded maps;
  long outputs;
  float* dFilter;

  /** Places that are gone through: whole tiles. */
  long length() const { return roundUp(maps.places(), DEPTH); }
  /** From channel to channel: an odd number of cache lines. */
  long step() const { return (pieces(length() + maps.lastTapAt(), DEPTH) | 1) * DEPTH; }

  void run() const {
    const long blocksK = pieces(maps.channels, WIDE), blocksN = pieces(outputs, WIDE);
    const Scratch room(blocksK * WIDE * step() / 2), otherRoom(blocksN * WIDE * length() / 2);
    half *turned = reinterpret_cast<half*>(room.data()), *pairs = reinterpret_cast<half*>(otherRoom.data());
    Pool::get().run(maps.batch * maps.rows(), [&](long row) { turnRow(row, turned); });
    // What lies behind the last place is multiplied by zeros, so it may not be a NaN.
    for (long k = 0; k < blocksK * WIDE; k++)
      memset(turned + k * step() + maps.places(), 0, (step() - maps.places()) * sizeof(half));
    parallelPieces(length() / 2, PIECE, [&](long begin, long end) {
      for (long pair = begin; pair < end; pair++) roundPair(pair, pairs);
    });
    const long atOnce = blocksK * blocksN >= ENOUGH ? maps.taps() : 1, perBlock = maps.taps() / atOnce;
    Pool::get().run(blocksK * blocksN * perBlock, [&](long item) {
      const long block = item / perBlock, tap = item % perBlock * atOnce;
      multiply(turned, pairs, block / blocksN * WIDE, block % blocksN * WIDE, tap, tap + atOnce);
    });
  }

  /** A row of the padded maps to [channels][places]. */
  void turnRow(long row, half* turned) const {
    const long K = maps.channels, W = maps.columns();
    const float* from = maps.row(x, row / maps.rows(), row % maps.rows());
    for (long k = 0; k < roundUp(K, WIDE); k += SIDE)
      for (long column = 0; column < W; column += SIDE) {
        __m512i values[16];
        for (long i = 0; i < SIDE; i++) {
          const long inside = column + i - maps.left;
          const bool isInside = from != nullptr && inside >= 0 && inside < maps.width;
          values[i] = isInside ? _mm512_castps_si512(_mm512_maskz_loadu_ps(lanes(K - k), from + inside * K + k))
                               : _mm512_setzero_si512();
        }
        transpose(values);
        half* to = turned + k * step() + row * W + column;
        for (long i = 0; i < SIDE; i++)
          _mm256_mask_storeu_epi16(to + i * step(), lanes(W - column),
                                   reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_castsi512_ps(values[i]))));
      }
  }

  /** Two places of dy to [blocks of 32 outputs][pairs of places][32]. */
  void roundPair(long pair, half* pairs) const {
    const auto rowOf = [&](long place) -> const float* {
      const long image = place / maps.step(), within = place % maps.step();
      const long row = within / maps.columns(), column = within % maps.columns();
      if (image >= maps.batch || row >= maps.outHeight || column >= maps.outWidth) return nullptr;
      return dy + ((image * maps.outHeight + row) * maps.outWidth + column) * outputs;
    };
    const float *first = rowOf(2 * pair), *second = rowOf(2 * pair + 1);
    const auto values = [&](const float* row, long n) {
      return row == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(lanes(outputs - n), row + n);
    };
    for (long n = 0; n < roundUp(outputs, WIDE); n += SIDE) {
      half* to = pairs + (n / WIDE * length() + 2 * pair) * WIDE + n % WIDE * 2;
      _mm512_storeu_si512(to, paired(values(first, n), values(second, n)));
    }
  }

  void multiply(const half* turned, const half* pairs, long k0, long n0, long tap0, long tap1) const {
    const Tiles tiles;
    const Scratch room((tap1 - tap0) * SUMS);
    const long rowBytes = step() * sizeof(half), pairBytes = 2 * WIDE * sizeof(half);
    for (long begin = 0; begin < length(); begin += CHUNK) {
      const long end = std::min(length(), begin + CHUNK);
      for (long tap = tap0; tap < tap1; tap++) {
        float* sums = room.data() + (tap - tap0) * SUMS;
        if (begin == 0) memset(sums, 0, SUMS * sizeof(float));
        _tile_loadd(0, sums, 64);
        _tile_loadd(1, sums + SUMS / 4, 64);
        _tile_loadd(2, sums + SUMS / 2, 64);
        _tile_loadd(3, sums + SUMS / 4 * 3, 64);
        const half* a = turned + k0 * step() + maps.tapAt(tap);
        const half* b = pairs + n0 / WIDE * length() * WIDE;
        for (long place = begin; place < end; place += DEPTH) {
          _tile_loadd(4, a + place, rowBytes);
          _tile_loadd(6, b + place * WIDE, pairBytes);
          _tile_loadd(7, b + place * WIDE + WIDE, pairBytes);
          _tile_loadd(5, a + SIDE * step() + place, rowBytes);
          _tile_dpbf16ps(0, 4, 6);
          _tile_dpbf16ps(1, 4, 7);
          _tile_dpbf16ps(2, 5, 6);
          _tile_dpbf16ps(3, 5, 7);
        }
        _tile_stored(0, sums, 64);
        _tile_stored(1, sums + SUMS / 4, 64);
        _tile_stored(2, sums + SUMS / 2, 64);
        _tile_stored(3, sums + SUMS / 4 * 3, 64);
      }
    }
    for (long tap = tap0; tap < tap1; tap++)
      for (long i = 0; i < std::min(WIDE, maps.channels - k0); i++)
        for (long j = 0; j < WIDE; j += SIDE) {
          const float* from = room.data() + (tap - tap0) * SUMS + ((i / SIDE) * 2 + j / SIDE) * SIDE * SIDE;
          _mm512_mask_storeu_ps(dFilter + (tap * maps.channels + k0 + i) * outputs + n0 + j, lanes(outputs - n0 - j),
                                _mm512_loadu_ps(from + i % SIDE * SIDE));
        }
  }
};

struct FilterGradKernel {
  std::vector<int64_t> before, size;
  explicit FilterGradKernel(Attributes& attributes)
      : before(attributes.integers("before", 2)), size(attributes.integers("size", 2)) {}

  /** `size` is that of the filter. */
  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *dyTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), out = shapeOf(dyTensor);
    if (in.size() != 4 || out.size() != 4 || in[0] != out[0] || size[0] != size[1]) {
      call.fail("the gradient of a convolution in bfloat16 takes maps of the same images");
      return;
    }
    float* dFilter = call.output(0, {size[0], size[1], in[3], out[3]});
    if (!dFilter) return;
    FilterGradient{valuesOf(xTensor),
                   valuesOf(dyTensor),
                   {in[0], in[1], in[2], in[3], out[1], out[2], before[0], before[1], size[0]},
                   out[3],
                   dFilter}
        .run();
  }
};

}  // namespace
}  // namespace bfloat16

void registerBfloat16Filter() {
  registerOp<bfloat16::FilterGradKernel>("InvolveBfloat16FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"},
                                         {"before: list(int)", "size: list(int)"}, shapesUnknown);
}
#else
void registerBfloat16Filter() {}
#endif

}  // namespace involve
