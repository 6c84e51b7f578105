// A GPU that is none, as a plugin of TensorFlow's (tensorflow/c/experimental/stream_executor/stream_executor.h): it has
// memory, which is the host's, and computes nothing. TensorFlow sees a device of type GPU, takes over its memory, and
// places nodes on it by the kernels of its own library.
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/experimental/stream_executor/stream_executor.h"

struct SP_Stream_st { int none; };
struct SP_Event_st { int none; };
struct SP_Timer_st { int none; };

static void get_device_count(const SP_Platform* platform, int* count, TF_Status* status) { *count = 1; }

static void create_device(const SP_Platform* platform, SE_CreateDeviceParams* params, TF_Status* status) {
  params->device->struct_size = SP_DEVICE_STRUCT_SIZE;
  params->device->ordinal = params->ordinal;
  params->device->device_handle = NULL;
  params->device->hardware_name = "a GPU that is none";
  params->device->device_vendor = "nobody";
  params->device->pci_bus_id = "0000:00:00.0";
}
static void destroy_device(const SP_Platform* platform, SP_Device* device) {}

static int32_t numa_node(const SP_Device* device) { return 0; }
static int64_t memory_bandwidth(const SP_Device* device) { return 1; }
static double gflops(const SP_Device* device) { return 1; }
static void create_device_fns(const SP_Platform* platform, SE_CreateDeviceFnsParams* params, TF_Status* status) {
  params->device_fns->get_numa_node = numa_node;
  params->device_fns->get_memory_bandwidth = memory_bandwidth;
  params->device_fns->get_gflops = gflops;
}
static void destroy_device_fns(const SP_Platform* platform, SP_DeviceFns* fns) {}

static void allocate(const SP_Device* device, uint64_t size, int64_t space, SP_DeviceMemoryBase* memory) {
  memory->struct_size = SP_DEVICE_MEMORY_BASE_STRUCT_SIZE;
  memory->opaque = aligned_alloc(256, (size + 255) / 256 * 256);
  memory->size = size;
}
static void deallocate(const SP_Device* device, SP_DeviceMemoryBase* memory) { free(memory->opaque); }
static void* host_allocate(const SP_Device* device, uint64_t size) { return aligned_alloc(256, (size + 255) / 256 * 256); }
static void host_deallocate(const SP_Device* device, void* memory) { free(memory); }
static TF_Bool allocator_stats(const SP_Device* device, SP_AllocatorStats* stats) { return 0; }
static TF_Bool memory_usage(const SP_Device* device, int64_t* unused, int64_t* total) {
  *unused = *total = 1LL << 30;
  return 1;
}
static void create_stream(const SP_Device* device, SP_Stream* stream, TF_Status* status) {
  *stream = calloc(1, sizeof(struct SP_Stream_st));
}
static void destroy_stream(const SP_Device* device, SP_Stream stream) { free(stream); }
static void create_stream_dependency(const SP_Device* device, SP_Stream a, SP_Stream b, TF_Status* status) {}
static void get_stream_status(const SP_Device* device, SP_Stream stream, TF_Status* status) {}
static void create_event(const SP_Device* device, SP_Event* event, TF_Status* status) {
  *event = calloc(1, sizeof(struct SP_Event_st));
}
static void destroy_event(const SP_Device* device, SP_Event event) { free(event); }
static SE_EventStatus event_status(const SP_Device* device, SP_Event event) { return SE_EVENT_COMPLETE; }
static void record_event(const SP_Device* device, SP_Stream stream, SP_Event event, TF_Status* status) {}
static void wait_for_event(const SP_Device* device, SP_Stream stream, SP_Event event, TF_Status* status) {}
static void create_timer(const SP_Device* device, SP_Timer* timer, TF_Status* status) {
  *timer = calloc(1, sizeof(struct SP_Timer_st));
}
static void destroy_timer(const SP_Device* device, SP_Timer timer) { free(timer); }
static void start_timer(const SP_Device* device, SP_Stream stream, SP_Timer timer, TF_Status* status) {}
static void stop_timer(const SP_Device* device, SP_Stream stream, SP_Timer timer, TF_Status* status) {}
static void dtoh(const SP_Device* d, SP_Stream s, void* to, const SP_DeviceMemoryBase* from, uint64_t n, TF_Status* status) {
  memcpy(to, from->opaque, n);
}
static void htod(const SP_Device* d, SP_Stream s, SP_DeviceMemoryBase* to, const void* from, uint64_t n, TF_Status* status) {
  memcpy(to->opaque, from, n);
}
static void dtod(const SP_Device* d, SP_Stream s, SP_DeviceMemoryBase* to, const SP_DeviceMemoryBase* from, uint64_t n, TF_Status* status) {
  memcpy(to->opaque, from->opaque, n);
}
static void sync_dtoh(const SP_Device* d, void* to, const SP_DeviceMemoryBase* from, uint64_t n, TF_Status* status) {
  memcpy(to, from->opaque, n);
}
static void sync_htod(const SP_Device* d, SP_DeviceMemoryBase* to, const void* from, uint64_t n, TF_Status* status) {
  memcpy(to->opaque, from, n);
}
static void sync_dtod(const SP_Device* d, SP_DeviceMemoryBase* to, const SP_DeviceMemoryBase* from, uint64_t n, TF_Status* status) {
  memcpy(to->opaque, from->opaque, n);
}
static void block_for_event(const SP_Device* device, SP_Event event, TF_Status* status) {}
static void block_until_done(const SP_Device* device, SP_Stream stream, TF_Status* status) {}
static void synchronize(const SP_Device* device, TF_Status* status) {}
static void mem_zero(const SP_Device* d, SP_Stream s, SP_DeviceMemoryBase* at, uint64_t n, TF_Status* status) {
  memset(at->opaque, 0, n);
}
static void mem_set(const SP_Device* d, SP_Stream s, SP_DeviceMemoryBase* at, uint8_t byte, uint64_t n, TF_Status* status) {
  memset(at->opaque, byte, n);
}
static void mem_set_32(const SP_Device* d, SP_Stream s, SP_DeviceMemoryBase* at, uint32_t word, uint64_t n, TF_Status* status) {
  for (uint64_t i = 0; i < n / 4; i++) ((uint32_t*)at->opaque)[i] = word;
}
static TF_Bool host_callback(const SP_Device* d, SP_Stream s, SE_StatusCallbackFn call, void* argument) {
  // A status that is OK is what TensorFlow makes of none.
  call(argument, NULL);
  return 1;
}

static void create_stream_executor(const SP_Platform* platform, SE_CreateStreamExecutorParams* params, TF_Status* status) {
  SP_StreamExecutor* se = params->stream_executor;
  se->struct_size = SP_STREAMEXECUTOR_STRUCT_SIZE;
  se->allocate = allocate;
  se->deallocate = deallocate;
  se->host_memory_allocate = host_allocate;
  se->host_memory_deallocate = host_deallocate;
  se->get_allocator_stats = allocator_stats;
  se->device_memory_usage = memory_usage;
  se->create_stream = create_stream;
  se->destroy_stream = destroy_stream;
  se->create_stream_dependency = create_stream_dependency;
  se->get_stream_status = get_stream_status;
  se->create_event = create_event;
  se->destroy_event = destroy_event;
  se->get_event_status = event_status;
  se->record_event = record_event;
  se->wait_for_event = wait_for_event;
  se->create_timer = create_timer;
  se->destroy_timer = destroy_timer;
  se->start_timer = start_timer;
  se->stop_timer = stop_timer;
  se->memcpy_dtoh = dtoh;
  se->memcpy_htod = htod;
  se->memcpy_dtod = dtod;
  se->sync_memcpy_dtoh = sync_dtoh;
  se->sync_memcpy_htod = sync_htod;
  se->sync_memcpy_dtod = sync_dtod;
  se->block_host_for_event = block_for_event;
  se->block_host_until_done = block_until_done;
  se->synchronize_all_activity = synchronize;
  se->mem_zero = mem_zero;
  se->memset = mem_set;
  se->memset32 = mem_set_32;
  se->host_callback = host_callback;
}
static void destroy_stream_executor(const SP_Platform* platform, SP_StreamExecutor* se) {}

static uint64_t nanoseconds(SP_Timer timer) { return 0; }
static void create_timer_fns(const SP_Platform* platform, SP_TimerFns* fns, TF_Status* status) {
  fns->struct_size = SP_TIMER_FNS_STRUCT_SIZE;
  fns->nanoseconds = nanoseconds;
}
static void destroy_timer_fns(const SP_Platform* platform, SP_TimerFns* fns) {}
static void destroy_platform(SP_Platform* platform) {}
static void destroy_platform_fns(SP_PlatformFns* fns) {}

void SE_InitPlugin(SE_PlatformRegistrationParams* params, TF_Status* status) {
  params->platform->struct_size = SP_PLATFORM_STRUCT_SIZE;
  params->platform->name = "NO_GPU";
  params->platform->type = "GPU";
  params->platform->use_bfc_allocator = 1;
  params->platform_fns->struct_size = SP_PLATFORM_FNS_STRUCT_SIZE;
  params->platform_fns->get_device_count = get_device_count;
  params->platform_fns->create_device = create_device;
  params->platform_fns->destroy_device = destroy_device;
  params->platform_fns->create_device_fns = create_device_fns;
  params->platform_fns->destroy_device_fns = destroy_device_fns;
  params->platform_fns->create_stream_executor = create_stream_executor;
  params->platform_fns->destroy_stream_executor = destroy_stream_executor;
  params->platform_fns->create_timer_fns = create_timer_fns;
  params->platform_fns->destroy_timer_fns = destroy_timer_fns;
  params->destroy_platform = destroy_platform;
  params->destroy_platform_fns = destroy_platform_fns;
}
