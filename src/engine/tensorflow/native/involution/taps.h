// Which places of one map belong to which of another, axis by axis, in convolutions of any stride and dilation.
#pragma once
#include <vector>

namespace involve {

/** For each place of an axis: the taps that reach it, and the place of the other map that each connects it with. */
class Taps {
 public:
  /** Of each of `count` outputs: tap t reads the input place·stride + t·dilation − before. */
  static Taps ofOutput(long count, long other, int size, int stride, int dilation, int before) {
    Taps taps(count, size);
    for (long place = 0; place < count; place++)
      for (int t = 0; t < size; t++) {
        const long from = place * stride + static_cast<long>(t) * dilation - before;
        if (from >= 0 && from < other) taps.add(place, t, from);
      }
    return taps;
  }

  /** Of each of `count` inputs: tap t gave it to the output (place + before − t·dilation)/stride. */
  static Taps ofInput(long count, long other, int size, int stride, int dilation, int before) {
    Taps taps(count, size);
    for (long place = 0; place < count; place++)
      for (int t = 0; t < size; t++) {
        const long reach = place + before - static_cast<long>(t) * dilation;
        if (reach >= 0 && reach % stride == 0 && reach / stride < other) taps.add(place, t, reach / stride);
      }
    return taps;
  }

  int count(long place) const { return counts_[place]; }
  const int* taps(long place) const { return taps_.data() + place * size_; }
  const long* places(long place) const { return places_.data() + place * size_; }

 private:
  Taps(long count, int size) : size_(size), counts_(count, 0), taps_(count * size), places_(count * size) {}
  void add(long place, int tap, long other) {
    const long at = place * size_ + counts_[place]++;
    taps_[at] = tap;
    places_[at] = other;
  }

  int size_;
  std::vector<int> counts_, taps_;
  std::vector<long> places_;
};

}  // namespace involve
