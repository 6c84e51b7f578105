// The gradient of a dense convolution to its filter, of products in bfloat16 and sums in float32: see bfloat16.h. Each tap
// is a product of matrices, [outputs, places] · [places, channels], so that it is the second factor, in pairs of places,
// that begins some places further on: rows of a tile are whole cache lines then. For taps an odd number of places away there
// are pairs that begin with every second place. The gradient of a place that means nothing is zero. Sums go through all
// places in their order, however the work is cut.
#include <algorithm>
#include <vector>

#include "bfloat16-maps.h"
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
/** Places that stay in a core's cache while all taps of some blocks meet them. */
constexpr long CHUNK = 1024;
/** Blocks of outputs that meet the same channels in one piece of work. */
constexpr long GROUP = 5;
/** Pairs of places that are rounded in one piece of work. */
constexpr long PIECE = 64;
/** Pieces of work that there are at least: otherwise the places are cut into ranges, whose sums are added up in their order. */
constexpr long ENOUGH = 8;
constexpr long SUMS = 4 * SIDE * SIDE;

struct FilterGradient {
  const float *x, *dy;
  Padded maps;
  long outputs;
  float* dFilter;

  /** Places that are gone through: whole tiles. */
  long length() const { return roundUp(maps.places(), DEPTH); }
  /** From output to output: an odd number of cache lines. */
  long step() const { return (length() / DEPTH | 1) * DEPTH; }
  /** Pairs of a plane. */
  long pairs() const { return (length() + maps.lastTapAt()) / 2 + 1; }
  long copies() const { return maps.lastTapAt() > 0 ? 2 : 1; }
  /** Values of 32 channels: [planes][copies][pairs][32 channels][2 places]. */
  long blockValues() const { return maps.planes() * copies() * pairs() * 2 * WIDE; }

  void run() const {
    const long blocksK = pieces(maps.channels, WIDE), blocksN = pieces(outputs, WIDE);
    const Scratch room(blocksN * WIDE * step() / 2), otherRoom(blocksK * blockValues() / 2);
    half *turned = reinterpret_cast<half*>(room.data()), *paired = reinterpret_cast<half*>(otherRoom.data());
    Pool::get().run(maps.batch * maps.rows(), [&](long row) { turnRow(row, turned); });
    for (long n = 0; n < blocksN * WIDE; n++)
      memset(turned + n * step() + maps.places(), 0, (step() - maps.places()) * sizeof(half));
    const long perPlane = pieces(pairs(), PIECE);
    Pool::get().run(maps.planes() * perPlane, [&](long item) {
      const long first = item % perPlane * PIECE;
      pairUp(item / perPlane, first, std::min(pairs(), first + PIECE), paired);
    });
    const long groups = pieces(blocksN, GROUP), chunks = pieces(length(), CHUNK);
    const long perRange = pieces(chunks, std::min(chunks, pieces(ENOUGH, blocksK * groups))) * CHUNK;
    const long ranges = pieces(length(), perRange), blockSums = maps.taps() * SUMS, all = blocksK * blocksN * blockSums;
    const Scratch partial(ranges > 1 ? ranges * all : 1);
    Pool::get().run(ranges * blocksK * groups, [&](long item) {
      const long range = item / (blocksK * groups), k = item / groups % blocksK, n0 = item % groups * GROUP;
      const long n1 = std::min(blocksN, n0 + GROUP), begin = range * perRange, end = std::min(length(), begin + perRange);
      if (ranges > 1) {
        addUp(turned, paired, begin, end, k, n0, n1, partial.data() + range * all + (k * blocksN + n0) * blockSums);
        return;
      }
      const Scratch sums((n1 - n0) * blockSums);
      addUp(turned, paired, begin, end, k, n0, n1, sums.data());
      for (long n = n0; n < n1; n++) write(sums.data() + (n - n0) * blockSums, k, n);
    });
    if (ranges == 1) return;
    Pool::get().run(blocksK * blocksN, [&](long block) {
      float* sums = partial.data() + block * blockSums;
      for (long range = 1; range < ranges; range++)
        for (long i = 0; i < blockSums; i++) sums[i] += sums[range * all + i];
      write(sums, block / blocksN, block % blocksN);
    });
  }

  /** A row of dy to [outputs][places], with zeros where there is none. */
  void turnRow(long row, half* turned) const {
    const long image = row / maps.rows(), y = row % maps.rows(), columns = maps.columns();
    const float* from = y < maps.outHeight ? dy + (image * maps.outHeight + y) * maps.outWidth * outputs : nullptr;
    for (long n = 0; n < roundUp(outputs, WIDE); n += SIDE)
      for (long column = 0; column < columns; column += SIDE) {
        __m512i values[16];
        for (long i = 0; i < SIDE; i++) {
          const bool isInside = from != nullptr && column + i < maps.outWidth;
          values[i] = isInside
                          ? _mm512_castps_si512(_mm512_maskz_loadu_ps(lanes(outputs - n), from + (column + i) * outputs + n))
                          : _mm512_setzero_si512();
        }
        transpose(values);
        half* to = turned + n * step() + row * columns + column;
        for (long i = 0; i < SIDE; i++)
          _mm256_mask_storeu_epi16(to + i * step(), lanes(columns - column),
                                   reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_castsi512_ps(values[i]))));
      }
  }

  /**
   * The pairs [begin, end) of a plane of x, and those that begin a place further on. Behind the last place there are zeros:
   * what lies there is multiplied by zeros, so it may not be a NaN.
   */
  void pairUp(long plane, long begin, long end, half* paired) const {
    long place = 2 * begin, image = place / maps.step(), row = place % maps.step() / maps.columns(),
         column = place % maps.columns();
    const auto next = [&]() -> const float* {
      const long inside = maps.column(plane, column);
      const float* from = image < maps.batch && inside >= 0 && inside < maps.width ? maps.row(x, plane, image, row) : nullptr;
      if (++column == maps.columns()) {
        column = 0;
        if (++row == maps.rows()) {
          row = 0;
          image++;
        }
      }
      return from == nullptr ? nullptr : from + inside * maps.channels;
    };
    const float* first = next();
    for (long pair = begin; pair < end; pair++) {
      const float *second = next(), *third = next();
      for (long k = 0; k < roundUp(maps.channels, WIDE); k += SIDE) {
        const auto values = [&](const float* from) {
          return from == nullptr ? _mm512_setzero_si512() : rounded(_mm512_maskz_loadu_ps(lanes(maps.channels - k), from + k));
        };
        const __m512i a = values(first), b = values(second), c = values(third);
        half* to = paired + k / WIDE * blockValues() + (plane * copies() * pairs() + pair) * 2 * WIDE + k % WIDE * 2;
        _mm512_storeu_si512(to, _mm512_or_si512(a, _mm512_slli_epi32(b, 16)));
        if (copies() > 1) _mm512_storeu_si512(to + pairs() * 2 * WIDE, _mm512_or_si512(b, _mm512_slli_epi32(c, 16)));
      }
      first = third;
    }
  }

  /** Sums over the places [begin, end): a block of channels with blocks of outputs, [outputs][taps][4 tiles]. */
  void addUp(const half* turned, const half* paired, long begin, long end, long k, long n0, long n1, float* sums) const {
    const Tiles tiles;
    memset(sums, 0, (n1 - n0) * maps.taps() * SUMS * sizeof(float));
    for (; begin < end; begin += CHUNK)
      for (long n = n0; n < n1; n++)
        for (long tap = 0; tap < maps.taps(); tap++)
          multiply(turned + n * WIDE * step(), paired + k * blockValues(), tap, begin, std::min(end, begin + CHUNK),
                   sums + ((n - n0) * maps.taps() + tap) * SUMS);
  }

  void multiply(const half* a, const half* paired, long tap, long begin, long end, float* sums) const {
    const long rowBytes = step() * sizeof(half), pairBytes = 2 * WIDE * sizeof(half);
    const long copy = maps.planeOf(tap) * copies() + maps.tapAt(tap) % 2;
    const half* b = paired + (copy * pairs() + maps.tapAt(tap) / 2) * 2 * WIDE;
    _tile_loadd(0, sums, 64);
    _tile_loadd(1, sums + SUMS / 4, 64);
    _tile_loadd(2, sums + SUMS / 2, 64);
    _tile_loadd(3, sums + SUMS / 4 * 3, 64);
    for (long place = begin; place < end; place += DEPTH) {
      _tile_loadd(4, a + place, rowBytes);
      _tile_loadd(6, b + place * WIDE, pairBytes);
      _tile_loadd(7, b + place * WIDE + DEPTH, pairBytes);
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

  /** Sums of a block of channels and one of outputs, [taps][4 tiles][16 outputs][16 channels], to their place in the gradient. */
  void write(const float* sums, long k, long n) const {
    for (long tile = 0; tile < maps.taps() * 4; tile++, sums += SIDE * SIDE) {
      const long k0 = k * WIDE + tile % 2 * SIDE, n0 = n * WIDE + tile / 2 % 2 * SIDE;
      __m512i values[16];
      for (long i = 0; i < SIDE; i++) values[i] = _mm512_load_si512(sums + i * SIDE);
      transpose(values);
      float* to = dFilter + (tile / 4 * maps.channels + k0) * outputs + n0;
      for (long i = 0; i < std::min(SIDE, maps.channels - k0); i++)
        _mm512_mask_storeu_ps(to + i * outputs, lanes(outputs - n0), _mm512_castsi512_ps(values[i]));
    }
  }
};

struct FilterGradKernel {
  std::vector<int64_t> before, size;
  long stride;
  explicit FilterGradKernel(Attributes& attributes)
      : before(attributes.integers("before", 2)),
        size(attributes.integers("size", 2)),
        stride(attributes.integer("stride")) {}

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
                   {in[0], in[1], in[2], in[3], out[1], out[2], before[0], before[1], size[0], stride},
                   out[3],
                   dFilter}
        .run();
  }
};

}  // namespace
}  // namespace bfloat16

void registerBfloat16Filter() {
  registerOp<bfloat16::FilterGradKernel>("InvolveBfloat16FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"},
                                         {"before: list(int)", "size: list(int)", "stride: int"}, shapesUnknown);
}
#else
void registerBfloat16Filter() {}
#endif

}  // namespace involve
