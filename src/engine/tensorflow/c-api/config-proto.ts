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
const NO_GPU = message(1, [message(1, [[...Buffer.from('GPU')]]), number(2, 0)]);

/** A serialised ConfigProto. */
export function configProto(config: TensorflowConfig): Uint8Array {
  const rewriter = [
    // The remapper fuses operations of the recorded graph, and so changes bits against eager execution.
    number(14, OFF),
    number(3, OFF),
    number(7, OFF),
    number(1, config.layoutOptimizer ? ON : OFF),
    ...(config.mixedPrecision ? [number(23, ON)] : []),
  ];
  const graphOptions = message(10, [message(10, rewriter)]);
  const gpuOptions = message(6, [number(4, 1)]); // allow_growth
  return Uint8Array.from(
    [
      ...(config.useGpu ? [] : [NO_GPU]),
      number(2, config.threads),
      number(5, INTER_OP_THREADS),
      number(7, config.softPlacement ? 1 : 0),
      gpuOptions,
      graphOptions,
    ].flat(),
  );
}

// --- internal: the wire format of protocol buffers ---

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function message(field: number, parts: readonly (readonly number[])[]): number[] {
  const body = parts.flat();
  return [...varint(field * 8 + 2), ...varint(body.length), ...body];
}
