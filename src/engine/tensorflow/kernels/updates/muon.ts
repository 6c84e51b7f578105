import { muonScale, MuonUpdate, NEWTON_SCHULZ, SMALLEST_NORM } from '../../../kernels/updates/muon.js';
import { util, type Tensor, type TensorInfo } from '../../../tf-core.js';
import { tensorflowKernel } from '../kernel.js';
import { add, div, matMul2d, mul, number, reshape, sqrt, square, sub, sum } from '../stock.js';
import { average, decayed } from './update.js';

export const muonUpdate = tensorflowKernel(
  MuonUpdate,
  (
    { parameter, gradient, momentum, learningRate },
    { momentum: keep, nesterov, weightDecay, outputs, steps, fixedNorm },
  ) => {
    const count = util.sizeFromShape(parameter.shape);
    const speed = average(momentum, gradient, keep);
    const direction = nesterov ? average(speed, gradient, keep) : speed;
    const matrix = orthogonalized(reshape(direction, [count / outputs, outputs]), steps);
    const step = mul(reshape(matrix, parameter.shape), mul(learningRate, number(muonScale(count, outputs))));
    const start = fixedNorm
      ? mul(parameter, div(number(Math.sqrt(outputs)), add(normOf(parameter), number(SMALLEST_NORM))))
      : decayed(parameter, learningRate, weightDecay);
    return [sub(start, step), speed];
  },
);

// --- internal ---

function normOf(x: TensorInfo): Tensor {
  return sqrt(
    sum(
      square(x),
      x.shape.map((_, axis) => axis),
    ),
  );
}

/** O(d) of a matrix. */
function orthogonalized(direction: Tensor, steps: number): Tensor {
  const { a, b, c, epsilon } = NEWTON_SCHULZ;
  const [rows, columns] = direction.shape;
  // By rows or by columns, the iteration is the same: by those that are fewer.
  const isWide = rows <= columns;
  let x = div(direction, add(normOf(direction), number(epsilon)));
  for (let step = 0; step < steps; step++) {
    const gram = matMul2d(x, x, !isWide, isWide);
    const factor = add(mul(gram, number(b)), mul(matMul2d(gram, gram), number(c)));
    x = add(mul(x, number(a)), isWide ? matMul2d(factor, x) : matMul2d(x, factor));
  }
  return x;
}
