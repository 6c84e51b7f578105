// Depthwise convolution: one filter a channel, any size, stride and dilation, NHWC.
#pragma once
#include "op.h"
#include "pool.h"
#include "simd.h"
#include "taps.h"

namespace involve {

/** The attributes that the convolution and its gradients have, and the size of the filter. */
struct Depthwise {
  int rows, columns;
  std::vector<int64_t> strides, dilations, before;
  explicit Depthwise(Attributes& attributes)
      : rows(0),
        columns(0),
        strides(attributes.integers("strides", 2)),
        dilations(attributes.integers("dilations", 2)),
        before(attributes.integers("before", 2)) {}

  bool set(Call& call, const std::vector<int64_t>& filter, const std::vector<int64_t>& x,
           const std::vector<int64_t>& dy) {
    if (filter.size() != 4 || x.size() != 4 || dy.size() != 4 || filter[3] != 1 || filter[2] != x[3])
      return call.fail("depthwise convolution takes maps of images and one filter a channel");
    rows = static_cast<int>(filter[0]);
    columns = static_cast<int>(filter[1]);
    return true;
  }
  Taps taps(bool isForward, int axis, long count, long other) const {
    const int size = axis == 0 ? rows : columns;
    const int stride = static_cast<int>(strides[axis]), dilation = static_cast<int>(dilations[axis]);
    const int reach = static_cast<int>(before[axis]);
    return isForward ? Taps::ofOutput(count, other, size, stride, dilation, reach)
                     : Taps::ofInput(count, other, size, stride, dilation, reach);
  }
};

}  // namespace involve
