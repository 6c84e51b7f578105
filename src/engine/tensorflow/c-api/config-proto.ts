import { messageField, numberField, textField } from '../../../util/wire/protobuf.js';

/** What the engine sets of TensorFlow's ConfigProto (tensorflow/core/protobuf/config.proto). */
export interface TensorflowConfig {
  readonly threads: number;
  /** Whether GPUs may be used; else they are left alone. */
  readonly useGpu: boolean;
  /** Run on whatever device has a kernel where the one asked for has none. */
  readonly softPlacement: boolean;
  /** Convert float32 to float16 where it is thought safe, on GPUs. */
  readonly mixedPrecision: boolean;
  /** Let the graph be laid out NCHW on GPUs. */
  readonly layoutOptimizer: boolean;
}

/** Operations that may run side by side: more of them fight over the same cores. */
const INTER_OP_THREADS = 2;

/** RewriterConfig.Toggle. */
const [ON, OFF] = [1, 2];

/** device_count: { GPU: 0 }, an entry of a map. */
const NO_GPU = messageField(1, [textField(1, 'GPU'), numberField(2, 0)]);

/** A serialised ConfigProto. */
export function configProto(config: TensorflowConfig): Uint8Array {
  const rewriter = [
    // The remapper fuses operations of the recorded graph, and so changes bits against eager execution.
    numberField(14, OFF),
    numberField(3, OFF),
    numberField(7, OFF),
    numberField(1, config.layoutOptimizer ? ON : OFF),
    ...(config.mixedPrecision ? [numberField(23, ON)] : []),
  ];
  const graphOptions = messageField(10, [messageField(10, rewriter)]);
  const gpuOptions = messageField(6, [numberField(4, 1)]); // allow_growth
  return Buffer.concat(
    [
      ...(config.useGpu ? [] : [NO_GPU]),
      numberField(2, config.threads),
      numberField(5, Math.min(INTER_OP_THREADS, config.threads)),
      numberField(7, config.softPlacement ? 1 : 0),
      gpuOptions,
      graphOptions,
    ].flat(),
  );
}
