import type { Tensor, TensorInfo } from '../../tf-core.js';
import { HardExamples } from '../../kernels/hard-examples.js';
import { attr } from '../attributes.js';
import { executeOp } from '../execute-op.js';
import { tensorflowKernel } from './kernel.js';
import { broadcastTo, call, integer, number, slice } from './stock.js';

const FLOAT = { T: attr.type('float32') };

export const hardExamples = tensorflowKernel(HardExamples, ({ losses, weights }, { minKept, leastLoss }) => {
  const [rows] = losses.shape;
  const none = broadcastTo(number(0), weights.shape);
  const counts = call('Greater', FLOAT, weights, none);
  // Below every loss: it is the last of a row only where fewer count, and then all that count are kept.
  const counted = select(counts, losses, broadcastTo(number(-1), losses.shape));
  const sorted = { ...FLOAT, sorted: attr.bool(true) };
  const [hardest] = executeOp('TopKV2', sorted, [counted, integer(minKept)], 2);
  let least = slice(hardest, [0, minKept - 1], [rows, 1]);
  if (Number.isFinite(leastLoss)) least = call('Minimum', FLOAT, least, number(leastLoss));
  return select(call('Less', FLOAT, counted, least), none, weights);
});

// --- internal ---

function select(condition: TensorInfo, yes: TensorInfo, no: TensorInfo): Tensor {
  return call('SelectV2', FLOAT, condition, yes, no);
}
