/** An operation that TensorFlow does not run on a GPU when operations are to be deterministic. */
export interface Refusal {
  /** What it says then. */
  readonly words: string;
  readonly ops: readonly string[];
}

const refusal = (words: string, ...ops: readonly string[]): Refusal => ({ words, ops });

const RESIZE = 'A deterministic GPU implementation of ResizeNearestNeighborGrad is not currently available.';
const BATCH_NORM =
  'A deterministic GPU implementation of fused batch-norm backprop, when training is disabled, is not currently available.';
const XENT =
  'The GPU implementation of SoftmaxCrossEntropyWithLogits that would have been executed is not deterministic.';
const SPARSE_XENT =
  'The GPU implementation of SparseSoftmaxCrossEntropyWithLogits that would have been executed is not deterministic.';

/** Every one that the library knows, of the versions 2.15, 2.20 and 2.21. */
export const REFUSALS: readonly Refusal[] = [
  refusal(
    'A deterministic GPU implementation of AdjustContrast is not currently available.',
    'AdjustContrast',
  ),
  refusal(
    'A deterministic GPU implementation of AdjustContrastv2 is not currently available.',
    'AdjustContrastv2',
  ),
  refusal(
    'A deterministic GPU implementation of DepthwiseConvBackpropFilter is not available with this version of cuDNN.',
    'DepthwiseConv2dNativeBackpropFilter',
  ),
  refusal(RESIZE, 'ResizeNearestNeighborGrad'),
  refusal(
    'A deterministic GPU implementation of SparseTensorDenseMatmulOp is not currently available.',
    'SparseTensorDenseMatMul',
  ),
  // Of FusedBatchNormGradV3 with is_training false alone, which nothing here asks for.
  refusal(BATCH_NORM),
  refusal(
    'Determinism is not yet supported for DebugNumericSummaryV2 when tensor_debug_mode is CONCISE_HEALTH.',
    'DebugNumericSummaryV2',
  ),
  refusal(
    'Determinism is not yet supported for DebugNumericSummaryV2 when tensor_debug_mode is FULL_HEALTH.',
  ),
  refusal('Determinism is not yet supported for Dilation2DBackpropFilter.', 'Dilation2DBackpropFilter'),
  refusal('Determinism is not yet supported for Dilation2DBackpropInput.', 'Dilation2DBackpropInput'),
  refusal('Determinism is not yet supported for MaxPoolGradWithArgmax.', 'MaxPoolGradWithArgmax'),
  refusal('Determinism is not yet supported for SVD of matrices with 1 column.', 'Svd'),
  refusal('Determinism is not yet supported in GPU implementation of Bincount.', 'Bincount'),
  refusal('Determinism is not yet supported in GPU implementation of DenseBincount.', 'DenseBincount'),
  refusal(
    'Determinism is not yet supported in GPU implementation of FakeQuantWithMinMaxVarsGradient.',
    'FakeQuantWithMinMaxVarsGradient',
  ),
  refusal(
    'Determinism is not yet supported in GPU implementation of FakeQuantWithMinMaxVarsPerChannelGradient.',
    'FakeQuantWithMinMaxVarsPerChannelGradient',
  ),
  refusal(
    'Determinism is not yet supported in GPU implementation of Scatter ops with ref inputs.',
    ...['ScatterAdd', 'ScatterSub', 'ScatterMul', 'ScatterDiv', 'ScatterMin', 'ScatterMax', 'ScatterUpdate'],
  ),
  refusal(
    'Deterministic GPU implementation of CropAndResizeBackpropBoxes not available.',
    'CropAndResizeGradBoxes',
  ),
  refusal(
    'Deterministic GPU implementation of CropAndResizeBackpropImage not available.',
    'CropAndResizeGradImage',
  ),
  refusal(
    'Deterministic GPU implementation of sorted segment reduction op not available.',
    ...['SegmentMax', 'SegmentMin', 'SegmentMean', 'SegmentProd', 'SegmentSum', 'SegmentSumV2'],
  ),
  refusal(
    'Deterministic GPU implementation of unsorted segment reduction op not available.',
    ...['UnsortedSegmentMax', 'UnsortedSegmentMin', 'UnsortedSegmentProd', 'UnsortedSegmentSum'],
  ),
  refusal(XENT, 'SoftmaxCrossEntropyWithLogits'),
  refusal(SPARSE_XENT, 'SparseSoftmaxCrossEntropyWithLogits'),
];

/** The first sentences of this kind among the texts of a library, each once, in order. */
export function refusalsIn(library: Buffer): string[] {
  const found = new Set<string>();
  for (let at = library.indexOf('eterminis'); at >= 0; at = library.indexOf('eterminis', at + 1)) {
    const [from, to] = [textStart(library, at), textEnd(library, at)];
    const [sentence] = library.toString('latin1', from, to).split(/(?<=\.) /);
    if (
      /\b(not|not yet|not currently) (available|supported|deterministic)\b/.test(sentence) &&
      isOurs(sentence)
    )
      found.add(sentence);
  }
  return [...found].sort();
}

// --- internal ---

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

function textStart(bytes: Buffer, at: number): number {
  while (isPrintable(bytes[at - 1])) at -= 1;
  return at;
}

function textEnd(bytes: Buffer, at: number): number {
  while (isPrintable(bytes[at])) at += 1;
  return at;
}

/** Of kernels on GPUs, not of compilers. */
function isOurs(sentence: string): boolean {
  return /^(A d|D|The GPU implementation)/.test(sentence) && !sentence.includes('XLA');
}
