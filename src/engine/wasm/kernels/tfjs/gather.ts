import { type TensorInfo, GatherV2, UnsortedSegmentSum, backend_util, util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { hasWords, rowsPerCopy } from '../parts/copies.js';
import { isFloat, kernel } from '../kernel.js';

/** Pieces of work that a sum over segments is cut into: each goes through all rows. */
const SEGMENT_ITEMS = 16;

/** Refuses rows that are not there, as tf.js does, wherever the indices are known. */
function assertInside(backend: WasmBackend, indices: TensorInfo, rows: number): void {
  if (backend.recorder && !backend.isConstant(indices)) return;
  for (const index of backend.readSync(indices.dataId) as Int32Array) {
    util.assert(
      index >= 0 && index < rows,
      () => `GatherV2: the index value ${index} is not in [0, ${rows - 1}]`,
    );
  }
}

export const gatherKernels = [
  kernel<{ axis: number; batchDims?: number }>(GatherV2, (backend, { x, indices }, { axis, batchDims }) => {
    if (!hasWords(x) || indices.dtype !== 'int32' || (batchDims ?? 0) !== 0) return undefined;
    const [$axis] = util.parseAxisParam(axis, x.shape);
    const rows = x.shape[$axis];
    assertInside(backend, indices, rows);
    const { outerSize, sliceSize, outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
      ...([x, indices, $axis, 0] as unknown as Parameters<
        typeof backend_util.segment_util.collectGatherOpShapeInfo
      >),
    );
    const out = backend.output(outputShape, x.dtype);
    const count = util.sizeFromShape(indices.shape);
    if (outerSize * count * sliceSize === 0) return out;
    const blockRows = rowsPerCopy(sliceSize);
    backend.routines.gatherRows({
      items: Math.ceil((outerSize * count) / blockRows),
      from: backend.pointer(x),
      indices: backend.pointer(indices),
      to: backend.pointer(out),
      batches: outerSize,
      rows,
      count,
      size: sliceSize * 4,
      blockRows,
    });
    return out;
  }),

  kernel<{ numSegments: number }>(UnsortedSegmentSum, (backend, { x, segmentIds }, { numSegments }) => {
    if (!isFloat(x) || segmentIds.dtype !== 'int32' || segmentIds.shape.length !== 1) return undefined;
    const [rows, ...rest] = x.shape;
    const size = util.sizeFromShape(rest);
    const out = backend.output([numSegments, ...rest]);
    if (numSegments * size === 0) return out;
    backend.routines.segmentSum({
      items: Math.min(SEGMENT_ITEMS, numSegments),
      from: backend.pointer(x),
      ids: backend.pointer(segmentIds),
      to: backend.pointer(out),
      rows,
      segments: numSegments,
      size: size * 4,
    });
    return out;
  }),
];
