// An operation of TensorFlow with a kernel for the CPU, through the C API that stays the same between versions.
#pragma once
#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <vector>

#include "base/tf-c-api.h"

namespace involve {

/**
 * Large outputs are memory that the process has just been given: with pages of 2 MB the first touch of each costs a
 * five-hundredth.
 */
static inline void preferHugePages(void* memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  constexpr size_t page = 2 << 20;
  if (bytes < 2 * page) return;
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(memory) + bytes) / page * page;
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

/** What a kernel sees of one call. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    tensors_.push_back(tensor);
    return tensor;
  }

  float* output(int index, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (int64_t length : shape) count *= length;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          count * sizeof(float), status_);
    if (TF_GetCode(status_) != TF_OK) {
      TF_OpKernelContext_Failure(context_, status_);
      return nullptr;
    }
    tensors_.push_back(tensor);
    float* values = static_cast<float*>(TF_TensorData(tensor));
    preferHugePages(values, count * sizeof(float));
    return values;
  }

  /** Ends the call with an error; returns false. */
  bool fail(const char* message) {
    TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
    TF_OpKernelContext_Failure(context_, status_);
    return false;
  }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

static inline const float* valuesOf(TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }
static inline std::vector<int64_t> shapeOf(TF_Tensor* tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, static_cast<int>(i));
  return shape;
}

/** Reads the attributes of a node. */
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* context) : context_(context), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelConstruction_Failure(context_, status_);
    TF_DeleteStatus(status_);
  }
  int64_t integer(const char* name) {
    int64_t value = 0;
    if (TF_GetCode(status_) == TF_OK) TF_OpKernelConstruction_GetAttrInt64(context_, name, &value, status_);
    return value;
  }
  float number(const char* name) {
    float value = 0;
    if (TF_GetCode(status_) == TF_OK) TF_OpKernelConstruction_GetAttrFloat(context_, name, &value, status_);
    return value;
  }
  std::vector<int64_t> integers(const char* name, int count) {
    std::vector<int64_t> values(count, 1);
    if (TF_GetCode(status_) == TF_OK)
      TF_OpKernelConstruction_GetAttrInt64List(context_, name, values.data(), count, status_);
    return values;
  }

 private:
  TF_OpKernelConstruction* context_;
  TF_Status* status_;
};

/** Works out the shapes of outputs while a graph is built. */
class Shapes {
 public:
  Shapes(TF_ShapeInferenceContext* context, TF_Status* status) : context_(context), status_(status) {}
  ~Shapes() {
    for (TF_ShapeHandle* handle : handles_) TF_DeleteShapeHandle(handle);
  }
  TF_ShapeHandle* input(int index) {
    TF_ShapeHandle* handle = make();
    TF_ShapeInferenceContextGetInput(context_, index, handle, status_);
    return handle;
  }
  /** The axes [begin, end) of a shape. */
  TF_ShapeHandle* part(TF_ShapeHandle* shape, int begin, int end) {
    TF_ShapeHandle* handle = make();
    TF_ShapeInferenceContextSubshape(context_, shape, begin, end, handle, status_);
    return handle;
  }
  TF_ShapeHandle* join(TF_ShapeHandle* first, TF_ShapeHandle* second) {
    TF_ShapeHandle* handle = make();
    TF_ShapeInferenceContextConcatenateShapes(context_, first, second, handle, status_);
    return handle;
  }
  void output(int index, TF_ShapeHandle* shape) { TF_ShapeInferenceContextSetOutput(context_, index, shape, status_); }
  void unknown() { TF_ShapeInferenceContextSetUnknownShape(context_, status_); }

 private:
  TF_ShapeHandle* make() {
    handles_.push_back(TF_NewShapeHandle());
    return handles_.back();
  }
  TF_ShapeInferenceContext* context_;
  TF_Status* status_;
  std::vector<TF_ShapeHandle*> handles_;
};

typedef void (*ShapeFunction)(TF_ShapeInferenceContext*, TF_Status*);

/** The output i is like the input `like[i]`. */
template <int... like>
static void shapesLike(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shapes shapes(context, status);
  int output = 0;
  for (int input : {like...}) shapes.output(output++, shapes.input(input));
}

static inline void shapesUnknown(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shapes(context, status).unknown();
}

/**
 * Registers an operation. `Kernel` is made of Attributes, and called with a Call.
 * Inputs, outputs and attributes are declared as in TensorFlow: "x: float", "epsilon: float".
 */
template <class Kernel>
void registerOp(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
                std::initializer_list<const char*> attributes, ShapeFunction shapes) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, shapes);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder* kernel = TF_NewKernelBuilder(
        name, "CPU",
        [](TF_OpKernelConstruction* context) -> void* {
          Attributes attributes(context);
          return new Kernel(attributes);
        },
        [](void* kernel, TF_OpKernelContext* context) {
          Call call(context);
          static_cast<Kernel*>(kernel)->compute(call);
        },
        [](void* kernel) { delete static_cast<Kernel*>(kernel); });
    TF_RegisterKernelBuilder(name, kernel, status);
  }
  if (TF_GetCode(status) != TF_OK) fprintf(stderr, "%s: %s\n", name, TF_Message(status));
  TF_DeleteStatus(status);
}

}  // namespace involve
