// Involution where every channel has a kernel of its own, at stride and dilation 1. Channel by channel a row of the
// window is a row of the map as it is one of the kernel, so that both are read as they lie.
#pragma once
#include <vector>

#include "base/pool.h"
#include "base/simd.h"

namespace involve {

/** Maps of images, and what comes of them: windows of `size`², with `before` places of zeros before the map. */
struct ChannelWindows {
  int size;
  long before, batch, height, width, channels, outHeight, outWidth;

  /** y [B,OH,OW,C] = Σ over the taps of kernel [B,OH,OW,C·K²] · x [B,H,W,C]. */
  void weigh(const float* x, const float* kernel, float* y) const {
    eachChannel([&](const auto& fixed, long image, long c, Plane& plane) {
      fill(plane, x + image * height * width * channels + c);
      eachPlace(image, c, [&](long place, long window) {
        y[place] = fixed.dot(kernel + place * taps(), plane.data() + window, columns());
      });
    });
  }

  /** dx [B,H,W,C], from dy [B,OH,OW,C] and the kernel. */
  void inputGradient(const float* dy, const float* kernel, float* dx) const {
    eachChannel([&](const auto& fixed, long image, long c, Plane& plane) {
      plane.assign(plane.size(), 0.f);
      eachPlace(image, c, [&](long place, long window) {
        fixed.spread(kernel + place * taps(), dy[place], plane.data() + window, columns());
      });
      float* to = dx + image * height * width * channels + c;
      for (long i = 0; i < height; i++)
        for (long j = 0; j < width; j++, to += channels) *to = plane[(i + before) * columns() + before + j];
    });
  }

  /** dkernel [B,OH,OW,C·K²], from dy and x. */
  void kernelGradient(const float* dy, const float* x, float* dkernel) const {
    eachChannel([&](const auto& fixed, long image, long c, Plane& plane) {
      fill(plane, x + image * height * width * channels + c);
      eachPlace(image, c, [&](long place, long window) {
        fixed.scale(plane.data() + window, columns(), dy[place], dkernel + place * taps());
      });
    });
  }

 private:
  /** One channel of an image with all that windows see. */
  typedef std::vector<float> Plane;

  /** Channels of a cache line, which no two threads write to. */
  static constexpr long TOGETHER = 16;

  /** A window, rows of it `columns` apart in the plane. Of a size between 4 and 8 a row is two vectors that overlap. */
  template <int Size>
  struct Window {
    int size;
    static constexpr bool isPair = Size >= 4 && Size <= 8;
    static constexpr int SECOND = Size - 4;

    /** The lanes of the second vector that the first one does not have. */
    static INVOLVE_INLINE v4 rest(v4 v) {
      for (int lane = 0; lane < 8 - Size; lane++) v[lane] = 0.f;
      return v;
    }

    INVOLVE_INLINE float dot(const float* kernel, const float* seen, long columns) const {
      if constexpr (isPair) {
        v4 first{}, second{};
        for (int u = 0; u < Size; u++, kernel += Size, seen += columns) {
          first += load4(kernel) * load4(seen);
          second += load4(kernel + SECOND) * load4(seen + SECOND);
        }
        const v4 all = first + rest(second);
        return (all[0] + all[1]) + (all[2] + all[3]);
      }
      float sum = 0;
      const int n = Size ? Size : size;
      for (int u = 0; u < n; u++, kernel += n, seen += columns)
        for (int v = 0; v < n; v++) sum += kernel[v] * seen[v];
      return sum;
    }

    INVOLVE_INLINE void spread(const float* kernel, float by, float* seen, long columns) const {
      if constexpr (isPair) {
        for (int u = 0; u < Size; u++, kernel += Size, seen += columns) {
          store4(seen, load4(seen) + by * load4(kernel));
          store4(seen + SECOND, load4(seen + SECOND) + rest(by * load4(kernel + SECOND)));
        }
        return;
      }
      const int n = Size ? Size : size;
      for (int u = 0; u < n; u++, kernel += n, seen += columns)
        for (int v = 0; v < n; v++) seen[v] += by * kernel[v];
    }

    INVOLVE_INLINE void scale(const float* seen, long columns, float by, float* kernel) const {
      if constexpr (isPair) {
        for (int u = 0; u < Size; u++, kernel += Size, seen += columns) {
          store4(kernel, by * load4(seen));
          store4(kernel + SECOND, by * load4(seen + SECOND));
        }
        return;
      }
      const int n = Size ? Size : size;
      for (int u = 0; u < n; u++, kernel += n, seen += columns)
        for (int v = 0; v < n; v++) kernel[v] = by * seen[v];
    }
  };

  long taps() const { return static_cast<long>(size) * size; }
  long rows() const { return outHeight + size - 1; }
  long columns() const { return outWidth + size - 1; }

  /** Calls f(window, image, channel, plane) for each channel of each image. */
  template <class F>
  void eachChannel(const F& f) const {
    switch (size) {
      case 3: return eachChannel(Window<3>{size}, f);
      case 5: return eachChannel(Window<5>{size}, f);
      case 7: return eachChannel(Window<7>{size}, f);
      default: return eachChannel(Window<0>{size}, f);
    }
  }
  template <class W, class F>
  void eachChannel(const W& window, const F& f) const {
    const long blocks = (channels + TOGETHER - 1) / TOGETHER;
    Pool::get().run(batch * blocks, [&](long item) {
      Plane plane(rows() * columns());
      const long first = item % blocks * TOGETHER, end = first + TOGETHER;
      for (long c = first; c < end && c < channels; c++) f(window, item / blocks, c, plane);
    });
  }

  /** Calls f with where the values of a place lie, in units of a value of that channel, and its window in the plane. */
  template <class F>
  INVOLVE_INLINE void eachPlace(long image, long c, const F& f) const {
    long place = image * outHeight * outWidth * channels + c;
    for (long i = 0; i < outHeight; i++)
      for (long j = 0; j < outWidth; j++, place += channels) f(place, i * columns() + j);
  }

  void fill(Plane& plane, const float* x) const {
    plane.assign(plane.size(), 0.f);
    for (long i = 0; i < height; i++)
      for (long j = 0; j < width; j++, x += channels) plane[(i + before) * columns() + before + j] = *x;
  }
};

}  // namespace involve
