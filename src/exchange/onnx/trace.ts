import { onBackend } from '../../engine/current-backend.js';
import { registerReferenceKernels } from '../../engine/reference/register.js';
import { MathBackendCPU } from '../../engine/tf-cpu.js';
import {
  engine as tfjs,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  tidy,
  zeros,
  type DataId,
  type KernelFunc,
  type Tensor,
  type TensorInfo,
} from '../../engine/tf.js';
import { restoreWeights } from '../../train/state.js';
import type { TrainedModel } from '../format.js';
import { Emitter } from './emitter.js';
import { PORTS, type OnnxGraph } from './graph.js';
import { lowerings } from './lowerings/index.js';
import { Operand } from './operand.js';
import { standardised } from './preprocessing.js';

/**
 * A network is turned into ONNX by tracing it: its layers compute on a tf.js backend where a kernel's call on values
 * that depend on the images adds nodes to a graph, and one on values that follow from the weights alone is computed at
 * once. So the formula of a layer stays in its own `compute`, private weights and all, and what is lowered here are the
 * few kernels that all layers are made of (`lowerings/`); a new layer is exported without a line of it being written.
 *
 * Why not from the list of calls that engines record (`engine/program/`): that one has been through an engine's own
 * lowering, with buffers in the place of shapes. Why not layer by layer: some thirty layers would have their formulas
 * twice.
 *
 * The shapes of a trace are numbers, that of the batch too: `merge-batches.ts` finds out which by a second trace.
 *
 * @returns the graph of every size of batch that is asked for
 */
export function traceNetwork(model: TrainedModel, batches: readonly number[]): OnnxGraph[] {
  registerTracing();
  return onBackend(BACKEND, () => {
    const net = model.design();
    const network = net.build((shape) => zeros([...shape]), model.experiment.name);
    try {
      restoreWeights(network, model.weights, model.origin.run);
      return batches.map((batch) =>
        traced(({ emitter, symbol, operandOf }) =>
          tidy(() => {
            const { data, augment } = model.experiment;
            const shape = [batch, data.inputSize, data.inputSize, 3];
            const images = symbol(standardised(emitter, augment.normalize, shape));
            const logits = net.evaluate(images, (layer, compute) => {
              emitter.scope = layer.name;
              return compute();
            });
            emitter.scope = '';
            emitter.port('Identity', emitter.named(operandOf(logits)), PORTS.logits);
            emitter.port('Softmax', PORTS.logits, PORTS.probabilities, { axis: -1 });
          }),
        ),
      );
    } finally {
      network.dispose();
    }
  });
}

// --- internal ---

const BACKEND = 'onnx-trace';

interface Tracing {
  readonly emitter: Emitter;
  /** The tensor that stands for a value of the graph. */
  symbol(operand: Operand): Tensor;
  operandOf(tensor: TensorInfo): Operand;
}

let current: Tracing | undefined;

function traced(work: (tracing: Tracing) => void): OnnxGraph {
  const emitter = new Emitter();
  const symbols = new WeakMap<DataId, Operand>();
  const backend = tfjs().backend as MathBackendCPU;
  const tracing: Tracing = {
    emitter,
    symbol(operand) {
      const info = backend.makeTensorInfo([...operand.shape], 'float32');
      symbols.set(info.dataId, operand);
      return tfjs().makeTensorFromTensorInfo(info);
    },
    operandOf: ({ dataId, shape }) =>
      symbols.get(dataId) ?? new Operand(shape, {}, backend.data.get(dataId).values as Float32Array),
  };
  current = tracing;
  try {
    work(tracing);
    return emitter.graph;
  } finally {
    current = undefined;
  }
}

/** Registers, once, the backend and for each kernel that the reference engine has what traces a call of it. */
function registerTracing(): void {
  if (tfjs().findBackend(BACKEND)) return;
  registerReferenceKernels();
  const backend = new MathBackendCPU();
  // It greets on first use, advising another package; the command line owns stdout.
  Object.assign(backend, { firstUse: false });
  registerBackend(BACKEND, () => backend, 0);
  for (const { kernelName, kernelFunc } of getKernelsForBackend('cpu')) {
    registerKernel({ kernelName, backendName: BACKEND, kernelFunc: tracingKernel(kernelName, kernelFunc) });
  }
}

function tracingKernel(name: string, compute: KernelFunc): KernelFunc {
  return (call) => {
    const tracing = current;
    if (tracing === undefined) return compute(call);
    const { inputs, attrs = {} } = call;
    const given = Object.entries(inputs as Record<string, TensorInfo | undefined>).flatMap(([key, info]) =>
      info === undefined ? [] : [[key, tracing.operandOf(info)] as const],
    );
    const list = given.map(([, operand]) => operand);
    if (list.every(({ isConstant }) => isConstant)) return compute(call);
    const lowering = lowerings.get(name);
    if (lowering === undefined) throw new Error(`kernel ${name} has no lowering to ONNX`);
    const made = lowering({ inputs: Object.fromEntries(given), list, attrs }, tracing.emitter);
    return Array.isArray(made) ? made.map(tracing.symbol) : tracing.symbol(made);
  };
}
