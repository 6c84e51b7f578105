// What happens when TensorFlow loads the library: every operation is registered.
#include "pool.h"

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
