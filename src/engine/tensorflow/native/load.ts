import type { CApi } from '../c-api/c-api.js';

/** The operations that the library registers: names in TensorFlow. */
export const CUSTOM_OPS: readonly string[] = [
  'InvolveAdam',
  'InvolveBatchNorm',
  'InvolveBatchNormGrad',
  'InvolveChannelScale',
  'InvolveChannelScaleGrad',
  'InvolveDepthwiseFilterGrad',
  'InvolveGelu',
  'InvolveGeluGrad',
  'InvolveGlobalAveragePool',
  'InvolveInvolution',
  'InvolveInvolutionInputGrad',
  'InvolveInvolutionKernelGrad',
  'InvolveSgd',
  'InvolveSwish',
  'InvolveSwishGrad',
  'InvolveWinograd',
  'InvolveWinogradFilterGrad',
  'InvolveWinogradInputGrad',
];

/** Those with products in bfloat16, which are registered where the processor has tiles for them. */
export const BFLOAT16_OPS: readonly string[] = [
  'InvolveBfloat16Convolution',
  'InvolveBfloat16FilterGrad',
  'InvolveBfloat16InputGrad',
];

/** Custom operations as they were loaded. */
export interface CustomOps {
  /** Those with products in float32. */
  readonly names: ReadonlySet<string>;
  /** Those with products in bfloat16; none where the processor or the system has no tiles for them. */
  readonly bfloat16: ReadonlySet<string>;
  /** On how many threads they compute from now on. Their results are the same on any number. */
  setThreads(count: number): void;
  /** The memory that they keep for their next calls. */
  scratchBytes(): number;
}

/**
 * Loads a library of custom operations into TensorFlow, whose own library must be open.
 * @throws InvolveError E_TENSORFLOW where it does not load
 */
export async function loadCustomOps(
  api: Pick<CApi, 'TF_LoadLibrary' | 'check' | 'status'>,
  path: string,
): Promise<CustomOps> {
  api.TF_LoadLibrary(path, api.status);
  api.check();
  const { default: koffi } = await import('koffi');
  const library = koffi.load(path);
  const grants = library.func('involve_grants_bfloat16', 'bool', []) as () => boolean;
  return {
    names: new Set(CUSTOM_OPS),
    bfloat16: new Set(grants() ? BFLOAT16_OPS : []),
    setThreads: library.func('involve_set_threads', 'void', ['int']) as CustomOps['setThreads'],
    scratchBytes: library.func('involve_scratch_bytes', 'double', []) as CustomOps['scratchBytes'],
  };
}
