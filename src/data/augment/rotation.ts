import { RandomStream } from '../../util/random.js';

/** The angle of this key in degrees, uniform over −limit … limit; positive is counter-clockwise. */
export function drawRotation(key: number, limit: number): number {
  return new RandomStream(key, 'rotation').between(-limit, limit);
}
