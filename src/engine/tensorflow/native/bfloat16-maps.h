// Where a convolution in bfloat16 finds what it reads: maps with zeros around them, a plane of places for each phase of the
// stride, so that every tap of the filter is a number of places away.
#pragma once
#include <algorithm>

namespace involve {
namespace bfloat16 {

/**
 * Maps with the zeros that a convolution sees around them. A plane has every `stride`-th row and column of them, from one of
 * the first on; its places are counted on through rows and images: a tap of the filter is the same number of places away
 * everywhere. What is computed at a place behind the last column of the output means nothing.
 */
struct Padded {
  long batch, height, width, channels;  // of the maps
  long outHeight, outWidth, top, left, side, stride;

  /** Places between the first tap in a row of the filter and the last of the same plane. */
  long reach() const { return (side - 1) / stride; }
  long rows() const { return outHeight + reach(); }
  long columns() const { return outWidth + reach(); }
  /** From image to image. */
  long step() const { return rows() * columns(); }
  long places() const { return batch * step(); }
  /** Planes in one direction: those that a tap reads. */
  long phases() const { return std::min(side, stride); }
  long planes() const { return phases() * phases(); }
  long taps() const { return side * side; }
  long planeOf(long tap) const { return tap / side % stride * phases() + tap % side % stride; }
  /** How many places of its plane a tap is away from the first. */
  long tapAt(long tap) const { return tap / side / stride * columns() + tap % side / stride; }
  long lastTapAt() const { return reach() * (columns() + 1); }

  /** The first value of a plane's row of the map, or null where there are zeros alone. */
  const float* row(const float* maps, long plane, long image, long y) const {
    const long inside = y * stride + plane / phases() - top;
    return inside < 0 || inside >= height ? nullptr : maps + (image * height + inside) * width * channels;
  }
  /** The column of the map at a plane's column; none of it where there is a zero. */
  long column(long plane, long x) const { return x * stride + plane % phases() - left; }
};

}  // namespace bfloat16
}  // namespace involve
