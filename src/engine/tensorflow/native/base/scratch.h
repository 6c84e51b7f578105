// Memory that operations need while they compute. It is kept for the next call: fresh pages cost more than the work on
// them. There are never more pieces than were in use at the same time.
#pragma once
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#include "base/op.h"

namespace involve {

/** Room for some floats, from a whole cache line on, lent until the object goes. Holds anything at first. */
class Scratch {
 public:
  explicit Scratch(size_t floats) : piece_(take((floats * sizeof(float) + PAGE - 1) / PAGE * PAGE)) {}
  ~Scratch() {
    std::lock_guard<std::mutex> lock(mutex());
    idle().push_back(piece_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  float* data() const { return piece_.memory; }

  /** All there is, lent or not. */
  static size_t bytes() {
    std::lock_guard<std::mutex> lock(mutex());
    return total();
  }

 private:
  struct Piece {
    float* memory;
    size_t bytes;
  };
  static constexpr size_t PAGE = 2 << 20;

  /** The smallest idle piece that is large enough. Where all are too small one of them makes way. */
  static Piece take(size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex());
    std::vector<Piece>& pieces = idle();
    size_t best = pieces.size();
    for (size_t i = 0; i < pieces.size(); i++)
      if (pieces[i].bytes >= bytes && (best == pieces.size() || pieces[i].bytes < pieces[best].bytes)) best = i;
    const bool found = best < pieces.size();
    if (!found && pieces.empty()) return allocate(bytes);
    const Piece piece = found ? pieces[best] : pieces.back();
    pieces.erase(pieces.begin() + (found ? best : pieces.size() - 1));
    if (found) return piece;
    free(piece.memory);
    total() -= piece.bytes;
    return allocate(bytes);
  }

  static Piece allocate(size_t bytes) {
    float* memory = static_cast<float*>(aligned_alloc(PAGE, bytes));
    if (memory == nullptr) throw std::bad_alloc();
    preferHugePages(memory, bytes);
    total() += bytes;
    return {memory, bytes};
  }

  // Never destroyed: threads may outlive the end of the program's static objects.
  static std::mutex& mutex() {
    static std::mutex* one = new std::mutex();
    return *one;
  }
  static size_t& total() {
    static size_t bytes = 0;
    return bytes;
  }
  static std::vector<Piece>& idle() {
    static std::vector<Piece>* pieces = new std::vector<Piece>();
    return *pieces;
  }

  Piece piece_;
};

}  // namespace involve
