// What happens when TensorFlow loads the library: every operation is registered.
#include "pool.h"
#include "scratch.h"

namespace involve {
void registerInvolution();
void registerBatchNorm();
void registerDepthwise();
void registerElementwise();
void registerWinograd();
void registerWinogradFilter();

namespace {
struct Registration {
  Registration() {
    registerInvolution();
    registerBatchNorm();
    registerDepthwise();
    registerElementwise();
    registerWinograd();
    registerWinogradFilter();
  }
} registration;
}  // namespace
}  // namespace involve

/** The number of threads that the operations compute on. */
extern "C" __attribute__((visibility("default"))) void involve_set_threads(int count) {
  involve::Pool::get().setThreads(count);
}

/** The memory that the operations keep for their next calls. */
extern "C" __attribute__((visibility("default"))) double involve_scratch_bytes() {
  return static_cast<double>(involve::Scratch::bytes());
}
