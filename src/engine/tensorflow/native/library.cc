// What happens when TensorFlow loads the library: every operation is registered.
#include "base/pool.h"
#include "base/scratch.h"
#include "bfloat16/tiles.h"

#if defined(INVOLVE_HAS_TILES)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace involve {
void registerInvolution();
void registerBatchNorm();
void registerBfloat16Convolution();
void registerBfloat16Filter();
void registerDepthwise();
void registerElementwise();
void registerSgd();
void registerWinograd();
void registerWinogradFilter();

namespace {
struct Registration {
  Registration() {
    registerInvolution();
    registerBatchNorm();
    registerBfloat16Convolution();
    registerBfloat16Filter();
    registerDepthwise();
    registerElementwise();
    registerSgd();
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

/** Whether the operations in bfloat16 can be used: the processor has tiles, and the system grants this process their state. */
extern "C" __attribute__((visibility("default"))) bool involve_grants_bfloat16() {
#if defined(INVOLVE_HAS_TILES)
  // Linux's ARCH_REQ_XCOMP_PERM of the state component of tile data, for all threads.
  constexpr long REQUEST = 0x1023, TILE_DATA = 18;
  return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
#else
  return false;
#endif
}
