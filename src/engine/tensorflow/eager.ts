import { setAttributes, type OpAttribute } from './attributes.js';
import type { CApi } from './c-api/c-api.js';
import { TF } from './c-api/data-types.js';
import type { Executor, HeldTensor } from './held-tensor.js';
import { newTensor, readTensor, type Values } from './c-api/native-tensor.js';

/** A device of TensorFlow's. */
export interface Device {
  readonly name: string;
  readonly type: string;
  readonly memoryBytes: number;
}

/** The most outputs that one operation may have. */
const MOST_OUTPUTS = 256;

/** Runs each operation when it is called. */
export class EagerExecutor implements Executor {
  readonly devices: readonly Device[];
  /** The first GPU, if there is one: where tensors of numbers live. */
  readonly gpu: Device | undefined;
  readonly #context: number;
  readonly #outputs = new BigUint64Array(MOST_OUTPUTS);
  readonly #count = new Int32Array(2);

  /** @param config a serialised ConfigProto */
  constructor(
    readonly api: CApi,
    config: Uint8Array,
  ) {
    const { status } = api;
    const options = api.TFE_NewContextOptions();
    api.TFE_ContextOptionsSetConfig(options, config, config.length, status);
    api.check();
    this.#context = api.TFE_NewContext(options, status);
    api.TFE_DeleteContextOptions(options);
    api.check();
    this.devices = this.#listDevices();
    this.gpu = this.devices.find(({ type }) => type === 'GPU');
  }

  createTensor(shape: readonly number[], type: number, values: Values): EagerTensor {
    const { api } = this;
    const tensor = newTensor(api, shape, type, values);
    const handle = api.TFE_NewTensorHandle(tensor, api.status);
    api.TF_DeleteTensor(tensor);
    api.check();
    // Integers are shapes, axes and the like, which the kernels of a GPU too take from the memory of the host.
    if (this.gpu === undefined || type === TF.int32 || type === TF.string)
      return new EagerTensor(api, handle, shape, type);
    const copy = api.TFE_TensorHandleCopyToDevice(handle, this.#context, this.gpu.name, api.status);
    api.TFE_DeleteTensorHandle(handle);
    api.check();
    return new EagerTensor(api, copy, shape, type);
  }

  execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly HeldTensor[],
    outputs: number,
  ): HeldTensor[] {
    const { api } = this;
    const op = api.TFE_NewOp(this.#context, api.text(name), api.status);
    api.check();
    try {
      for (const input of inputs) {
        api.TFE_OpAddInput(op, input.handle(), api.status);
        api.check();
      }
      setAttributes(api, 'TFE_Op', op, attributes);
      this.#count[0] = outputs;
      api.TFE_Execute(op, this.#outputs, this.#count, api.status);
      api.check();
    } finally {
      api.TFE_DeleteOp(op);
    }
    return Array.from({ length: this.#count[0] }, (_, i) => this.#result(Number(this.#outputs[i])));
  }

  #result(handle: number): EagerTensor {
    const { api } = this;
    const rank = api.TFE_TensorHandleNumDims(handle, api.status);
    const shape = Array.from({ length: rank }, (_, d) => api.TFE_TensorHandleDim(handle, d, api.status));
    return new EagerTensor(api, handle, shape, api.TFE_TensorHandleDataType(handle));
  }

  #listDevices(): Device[] {
    const { api } = this;
    const list = api.TFE_ContextListDevices(this.#context, api.status);
    api.check();
    const devices = Array.from({ length: api.TF_DeviceListCount(list) }, (_, i) => ({
      name: api.TF_DeviceListName(list, i, api.status),
      type: api.TF_DeviceListType(list, i, api.status),
      memoryBytes: api.TF_DeviceListMemoryBytes(list, i, api.status),
    }));
    api.TF_DeleteDeviceList(list);
    return devices;
  }
}

/** Values on the device. */
export class EagerTensor implements HeldTensor {
  constructor(
    private readonly api: CApi,
    private readonly address: number,
    readonly shape: readonly number[],
    readonly type: number,
  ) {}

  handle(): number {
    return this.address;
  }

  values(): NodeJS.TypedArray | Uint8Array[] {
    const { api } = this;
    const tensor = api.TFE_TensorHandleResolve(this.address, api.status);
    api.check();
    const values = readTensor(api, tensor);
    api.TF_DeleteTensor(tensor);
    return values;
  }

  dispose(): void {
    this.api.TFE_DeleteTensorHandle(this.address);
  }
}
