// Where a convolution in bfloat16 finds what it reads: maps with zeros around them, in planes of places, so that every tap of
// the filter is a number of places away.
#pragma once
#include <algorithm>
#include <vector>

#include "base/op.h"
#include "base/pool.h"
#include "base/sizes.h"

namespace involve {
namespace bfloat16 {

/** What an operation is told of its convolution: zeros above and to the left, the size of what it makes, the stride. */
struct Geometry {
  std::vector<int64_t> before, size;
  long stride;
  explicit Geometry(Attributes& attributes)
      : before(attributes.integers("before", 2)),
        size(attributes.integers("size", 2)),
        stride(attributes.integer("stride")) {}
};
#define INVOLVE_GEOMETRY {"before: list(int)", "size: list(int)", "stride: int"}

/** Places of a row that are gone through in one piece of work: an even number. */
constexpr long PIECE = 256;

/**
 * Maps with the zeros that a convolution sees around them. A plane has every `stride`-th row and column of them, from one of
 * the first on. Its places are counted on through rows and images: a tap of the filter is the same number of places away
 * everywhere, and what is computed at a place behind the last column of the output means nothing. Where the maps are spread
 * each column of the filter has planes of its own, which takes more memory and leaves but few such places.
 */
struct Padded {
  long batch, height, width, channels;  // of the maps
  long outHeight, outWidth, top, left, side, stride;
  bool spread;

  /** Places between the first tap in a column of the filter and the last of the same plane. */
  long reach() const { return (side - 1) / stride; }
  long rows() const { return outHeight + reach(); }
  /** An even number where the maps are spread: then pairs of places begin at even ones whatever the tap. */
  long columns() const { return spread ? roundUp(outWidth, 2) : outWidth + reach(); }
  /** From image to image. */
  long step() const { return rows() * columns(); }
  long places() const { return batch * step(); }
  /** From an image's first place that means something to its last. */
  long span() const { return (outHeight - 1) * columns() + outWidth; }
  /** First rows of planes, and first columns. */
  long phases() const { return std::min(side, stride); }
  long across() const { return spread ? side : phases(); }
  long planes() const { return phases() * across(); }
  long taps() const { return side * side; }
  /** Where a tap is, row and column, from the first place of the first plane on. */
  long at(long ky, long kx) const {
    const long plane = ky % stride * across() + (spread ? kx : kx % stride);
    return plane * places() + ky / stride * columns() + (spread ? 0 : kx / stride);
  }

  /**
   * Calls task(row, first, column, end, at) for all places: those from `column` to `end` of a row of the map, or of zeros where
   * it is null, in the planes that begin with the column `first`, are the places from `at` on.
   */
  template <class Task>
  void forRows(const float* maps, const Task& task) const {
    const long perRow = pieces(columns(), PIECE), all = batch * rows();
    Pool::get().run(phases() * all * perRow, [&](long item) {
      const long phase = item / perRow / all, y = item / perRow % all, column = item % perRow * PIECE;
      const float* from = row(maps, phase, y / rows(), y % rows());
      for (long first = 0; first < across(); first++)
        task(from, first, column, std::min(columns(), column + PIECE),
             ((phase * across() + first) * all + y) * columns() + column);
    });
  }

  /** The first value of a row of the map, which planes that begin with its row `phase` have as `y`, or null where there are zeros. */
  const float* row(const float* maps, long phase, long image, long y) const {
    const long inside = y * stride + phase - top;
    return inside < 0 || inside >= height ? nullptr : maps + (image * height + inside) * width * channels;
  }
  /** The place x of such a row, in planes that begin with the column `first`, or null. */
  const float* place(const float* row, long first, long x) const {
    const long inside = x * stride + first - left;
    return row == nullptr || inside < 0 || inside >= width ? nullptr : row + inside * channels;
  }
};

}  // namespace bfloat16
}  // namespace involve
