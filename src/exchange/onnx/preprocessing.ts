import { normalizationConstants } from '../../data/augment/normalize.js';
import type { AugmentConfig } from '../../data/augment/options.js';
import type { Emitter } from './emitter.js';
import { PORTS } from './graph.js';
import { Operand } from './operand.js';

/** uint8 pixels [B,H,W,3] as the network sees them, channels first: (pixel / 255 − mean) / deviation. */
export function standardised(
  emitter: Emitter,
  normalize: AugmentConfig['normalize'],
  shape: readonly number[],
): Operand {
  emitter.scope = 'preprocessing';
  const { mean, deviation } = normalizationConstants[normalize];
  const planes = emitter.node('Transpose', [PORTS.images], { perm: [0, 3, 1, 2] });
  const scale = emitter.floats(
    [1, 3, 1, 1],
    deviation.map((each) => 1 / (255 * each)),
  );
  const offset = emitter.floats(
    [1, 3, 1, 1],
    mean.map((each, c) => -each / deviation[c]!),
  );
  const scaled = emitter.node('Mul', [emitter.node('Cast', [planes], { to: FLOAT }), scale]);
  return new Operand(shape, { first: emitter.node('Add', [scaled, offset]) });
}

// --- internal ---

/** TensorProto.DataType. */
const FLOAT = 1;
