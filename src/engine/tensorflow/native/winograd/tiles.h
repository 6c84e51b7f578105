// Tiles of maps, and the sizes that all of Winograd's convolution shares.
#pragma once
#include <cstdint>
#include <vector>

#include "base/sizes.h"
#include "winograd/gemm.h"
#include "winograd/transforms.h"

namespace involve {
namespace winograd {

/** Places of an output tile in each direction, of the patch of the input that it depends on, and of the filter. */
constexpr long TILE = 4, PATCH = 6, FILTER = 3;
/** Values of a transformed tile: one product of matrices for each. */
constexpr long PLACES = PATCH * PATCH;

/** The size of equal parts of `total`, none above `most`, all but the last a multiple of `step`. */
constexpr long evenly(long total, long most, long step = 1) {
  return roundUp(pieces(total, pieces(total, most)), step);
}
/** A whole and odd number of cache lines: at such a distance the 36 values of a tile are in cache sets of their own. */
constexpr long oddLines(long floats) { return (pieces(floats, LINE) | 1) * LINE; }

/** Maps [batch, height, width, channels]; the one that is tiled begins at `top`, `left` before the other. */
struct Maps {
  long batch, height, width, channels;
  explicit Maps(const std::vector<int64_t>& shape)
      : batch(shape[0]), height(shape[1]), width(shape[2]), channels(shape[3]) {}
  long size() const { return height * width * channels; }
};

/** Tiles of 4×4 that cover maps. */
struct Tiles {
  long down, across, count;
  explicit Tiles(const Maps& maps)
      : down(pieces(maps.height, TILE)), across(pieces(maps.width, TILE)), count(maps.batch * down * across) {}
};

/** Where the Size² places of a tile are in memory. */
template <long Size, class Float>
struct Table {
  Float* places[Size][Size];

  /** Of one of the tiles, shifted by −top, −left; `outside` for places that are not in the maps. */
  void set(const Tiles& tiles, long tile, Float* values, const Maps& maps, long top, long left, Float* outside) {
    const long within = tile % (tiles.down * tiles.across);
    const long y0 = within / tiles.across * TILE - top, x0 = within % tiles.across * TILE - left;
    Float* image = values + tile / (tiles.down * tiles.across) * maps.size();
    for (long i = 0; i < Size; i++)
      for (long j = 0; j < Size; j++) {
        const long y = y0 + i, x = x0 + j;
        const bool inside = y >= 0 && y < maps.height && x >= 0 && x < maps.width;
        places[i][j] = inside ? image + (y * maps.width + x) * maps.channels : outside;
      }
  }
};

/**
 * Transforms all channels of a tile: the vector at channel c goes to to(c), `step` apart for its 36 places. Lanes
 * beyond the channels are zero.
 */
template <class Matrix, long Size, class To>
static INVOLVE_INLINE void transformTile(const Table<Size, const float>& table, long channels, long step,
                                         const To& to) {
  long c = 0;
  for (; c + LANES <= channels; c += LANES) {
    float* out = to(c);
    square<Matrix>([&](int i, int j) { return load(table.places[i][j] + c); },
                   [&](int i, int j, vf v) { store(out + (i * PATCH + j) * step, v); });
  }
  if (c == channels) return;
  float* out = to(c);
  square<Matrix>([&](int i, int j) { return loadPart(table.places[i][j] + c, channels - c); },
                 [&](int i, int j, vf v) { store(out + (i * PATCH + j) * step, v); });
}

}  // namespace winograd
}  // namespace involve
