// The gradient of a dense convolution to its filter, of products in bfloat16 and sums in float32: see tiles.h. Each tap
// is a product of matrices, [outputs, places] · [places, channels], whose second factor, in pairs of places, begins some
// places further on. The gradient of a place that means nothing is zero. Sums go through places in their order, or through
// ranges of them that are added up in their order, however the work is cut.
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

/** Channels and outputs whose gradients are computed at once: two tiles of each. */
constexpr long WIDE = 2 * SIDE;
/** Places that stay in a core's cache while all taps of some blocks meet them. */
constexpr long CHUNK = 1024;
/** Blocks of outputs that meet the same channels in one piece of work. */
constexpr long GROUP = 5;
/** Pieces of work that there are at least: otherwise the places are cut into ranges, whose sums are added up in their order. */
constexpr long ENOUGH = 8;
constexpr long SUMS = 4 * SIDE * SIDE;

struct FilterGradient {
  const float *x, *dy;
  Padded maps;  // spread
  long outputs;
  float* dFilter;

  /** Images whose places are gone through by whole tiles; one where the rows between them are fewer than a tile adds. */
  long images() const { return roundUp(maps.span(), DEPTH) < maps.step() ? maps.batch : 1; }
  long perImage() const { return roundUp(images() > 1 ? maps.span() : maps.places(), DEPTH); }
  long length() const { return images() * perImage(); }
  /** Pairs of places of all planes, and of those behind the last that a tile reads. */
  long pairCount() const { return (maps.planes() * maps.places() + maps.reach() * maps.columns() + DEPTH) / 2; }
  /** Values of the pairs of 32 channels: [pairs][32 channels][2 places]. */
  long blockValues() const { return pairCount() * 2 * WIDE; }

  void run() const {
    const long blocksK = pieces(maps.channels, WIDE), blocksN = pieces(outputs, WIDE);
    const Scratch room(blocksN * WIDE * length() / 2), otherRoom(blocksK * blockValues() / 2);
    half *turned = reinterpret_cast<half*>(room.data()), *pairs = reinterpret_cast<half*>(otherRoom.data());
    parallelPieces(length(), PIECE, [&](long begin, long end) { turn(begin, end, turned); });
    maps.forRows(x, [&](const float* row, long first, long column, long end, long at) {
      for (; column < end; column += 2, at += 2)
        pairUp(maps.place(row, first, column), maps.place(row, first, column + 1), pairs + at * WIDE);
    });
    // What lies behind the last place is multiplied by zeros, so it may not be a NaN.
    for (long k = 0; k < blocksK; k++) {
      const long behind = maps.planes() * maps.places() / 2 * 2 * WIDE;
      memset(pairs + k * blockValues() + behind, 0, (blockValues() - behind) * sizeof(half));
    }
    const long groups = pieces(blocksN, GROUP), chunks = pieces(length(), CHUNK);
    const long perRange = pieces(chunks, std::min(chunks, pieces(ENOUGH, blocksK * groups))) * CHUNK;
    const long ranges = pieces(length(), perRange), blockSums = maps.taps() * SUMS, all = blocksK * blocksN * blockSums;
    const Scratch partial(ranges > 1 ? ranges * all : 1);
    Pool::get().run(ranges * blocksK * groups, [&](long item) {
      const long range = item / (blocksK * groups), k = item / groups % blocksK, n0 = item % groups * GROUP;
      const long n1 = std::min(blocksN, n0 + GROUP), begin = range * perRange, end = std::min(length(), begin + perRange);
      if (ranges > 1) {
        addUp(turned, pairs, begin, end, k, n0, n1, partial.data() + range * all + (k * blocksN + n0) * blockSums);
        return;
      }
      const Scratch sums((n1 - n0) * blockSums);
      addUp(turned, pairs, begin, end, k, n0, n1, sums.data());
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

  /** The places [begin, end) of dy to tiles, [blocks of 16 outputs][tiles][16 outputs][32 places]; zeros where there is none. */
  void turn(long begin, long end, half* turned) const {
    const float* from[PIECE];
    for (long place = begin; place < end; place++) {
      const long image = images() > 1 ? place / perImage() : place / maps.step();
      const long within = images() > 1 ? place % perImage() : place % maps.step();
      const long y = within / maps.columns(), column = within % maps.columns();
      const bool isInside = image < maps.batch && y < maps.outHeight && column < maps.outWidth;
      from[place - begin] =
          isInside ? dy + ((image * maps.outHeight + y) * maps.outWidth + column) * outputs : nullptr;
    }
    for (long n = 0; n < roundUp(outputs, WIDE); n += SIDE)
      for (long place = begin; place < end; place += DEPTH) {
        const auto sixteen = [&](long first, __m512i values[16]) {
          for (long i = 0; i < SIDE; i++) {
            const float* row = from[first - begin + i];
            values[i] = row == nullptr ? _mm512_setzero_si512()
                                       : _mm512_castps_si512(_mm512_maskz_loadu_ps(lanes(outputs - n), row + n));
          }
          transpose(values);
        };
        __m512i first[16], second[16];
        sixteen(place, first);
        sixteen(place + SIDE, second);
        half* to = turned + n * length() + place * SIDE;
        for (long i = 0; i < SIDE; i++)
          _mm512_storeu_si512(to + i * DEPTH,
                              reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(_mm512_castsi512_ps(second[i]),
                                                                            _mm512_castsi512_ps(first[i]))));
      }
  }

  /** A pair of places of x, zeros where there is none. */
  void pairUp(const float* even, const float* odd, half* to) const {
    for (long k = 0; k < roundUp(maps.channels, WIDE); k += SIDE) {
      const auto values = [&](const float* from) {
        return from == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(lanes(maps.channels - k), from + k);
      };
      _mm512_storeu_si512(to + k / WIDE * blockValues() + k % WIDE * 2, paired(values(even), values(odd)));
    }
  }

  /** Sums over the places [begin, end): a block of channels with blocks of outputs, [outputs][taps][4 tiles]. */
  void addUp(const half* turned, const half* pairs, long begin, long end, long k, long n0, long n1, float* sums) const {
    const Tiles tiles;
    memset(sums, 0, (n1 - n0) * maps.taps() * SUMS * sizeof(float));
    for (; begin < end; begin += CHUNK)
      for (long n = n0; n < n1; n++)
        for (long tap = 0; tap < maps.taps(); tap++)
          multiply(turned + n * WIDE * length(), pairs + k * blockValues(), tap, begin, std::min(end, begin + CHUNK),
                   sums + ((n - n0) * maps.taps() + tap) * SUMS);
  }

  void multiply(const half* turned, const half* pairs, long tap, long begin, long end, float* sums) const {
    const long pairBytes = 2 * WIDE * sizeof(half), at = maps.at(tap / maps.side, tap % maps.side);
    _tile_loadd(0, sums, 64);
    _tile_loadd(1, sums + SUMS / 4, 64);
    _tile_loadd(2, sums + SUMS / 2, 64);
    _tile_loadd(3, sums + SUMS / 4 * 3, 64);
    for (long place = begin; place < end;) {
      const long image = place / perImage(), stop = std::min(end, (image + 1) * perImage());
      const half* b = pairs + (at + image * maps.step() + place % perImage()) * WIDE;
      for (; place < stop; place += DEPTH, b += DEPTH * WIDE) {
        const half* a = turned + place * SIDE;
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, pairBytes);
        _tile_loadd(7, b + DEPTH, pairBytes);
        _tile_loadd(5, a + SIDE * length(), 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
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

struct FilterGradKernel : Geometry {
  using Geometry::Geometry;

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
                   {in[0], in[1], in[2], in[3], out[1], out[2], before[0], before[1], size[0], stride, true},
                   out[3],
                   dFilter}
        .run();
  }
};

}  // namespace
}  // namespace bfloat16

void registerBfloat16Filter() {
  registerOp<bfloat16::FilterGradKernel>("InvolveBfloat16FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"},
                                         INVOLVE_GEOMETRY, shapesUnknown);
}
#else
void registerBfloat16Filter() {}
#endif

}  // namespace involve
