import { RandomStream } from '../../../util/random.js';
import { autoAugmentPolicies, type PolicyName } from './auto-augment-policies.js';
import { operations, type Drawn, type OperationName } from './operations.js';
import type { PolicyConfig } from './options.js';
import { cubukSpace, wideSpace, type Space } from './space.js';

/** Draws what is done with an image. */
export interface Policy {
  /** Each operation that it can draw, at the strongest it draws it. */
  readonly strongest: readonly Drawn[];
  /** The operations of this key, in their order. */
  draw(key: number): Drawn[];
}

/**
 * The policy of a config, as torchvision's classes draw it.
 * @param size height and width of the images
 */
export function policyOf(config: PolicyConfig, size: number): Policy {
  switch (config.name) {
    case 'rand-augment':
      return randAugment(config, size);
    case 'auto-augment':
      return autoAugment(config.policy, size);
    case 'trivial-augment-wide':
      return trivialAugment(config.numMagnitudeBins);
  }
}

// --- internal ---

/** `numOps` operations, each any of the space with the same chance, all of one magnitude (Cubuk et al. 2020). */
function randAugment(
  { numOps, magnitude, numMagnitudeBins }: Extract<PolicyConfig, { name: 'rand-augment' }>,
  size: number,
): Policy {
  const space = cubukSpace(numMagnitudeBins, size, 'identity');
  const choices = [...space];
  return {
    strongest: choices.map(([operation, magnitudes]) => ({
      operation,
      magnitude: magnitudes[magnitude] ?? 0,
    })),
    draw(key) {
      const stream = new RandomStream(key, 'policy');
      return Array.from({ length: numOps }, () => {
        const [operation, magnitudes] = choices[stream.integer(choices.length)]!;
        return signed(operation, magnitudes[magnitude] ?? 0, stream.uniform());
      });
    },
  };
}

/** One operation of any magnitude (Müller and Hutter 2021). */
function trivialAugment(bins: number): Policy {
  const choices = [...wideSpace(bins)];
  return {
    strongest: choices.map(([operation, magnitudes]) => ({ operation, magnitude: magnitudes.at(-1) ?? 0 })),
    draw(key) {
      const stream = new RandomStream(key, 'policy');
      const [operation, magnitudes] = choices[stream.integer(choices.length)]!;
      return [signed(operation, magnitudes[stream.integer(bins)] ?? 0, stream.uniform())];
    },
  };
}

/** Steps of the magnitudes of AutoAugment. */
const AUTO_BINS = 10;

/** One of the sub-policies that were found, whose operations happen with their own probabilities (Cubuk et al. 2019). */
function autoAugment(name: PolicyName, size: number): Policy {
  const space = cubukSpace(AUTO_BINS, size, 'invert');
  const subPolicies = autoAugmentPolicies[name].map((text) =>
    text.split(', ').map((each) => stepOf(each, space)),
  );
  const used = new Map<OperationName, Step>();
  for (const step of subPolicies.flat()) {
    const { operation, magnitude } = step;
    if (isStronger(operation, magnitude, used.get(operation)?.magnitude)) used.set(operation, step);
  }
  return {
    strongest: [...used.values()].map(({ operation, magnitude }) => ({ operation, magnitude })),
    draw(key) {
      const stream = new RandomStream(key, 'policy');
      const steps = subPolicies[stream.integer(subPolicies.length)]!;
      return steps.flatMap(({ operation, probability, magnitude }) => {
        const [chance, sign] = [stream.uniform(), stream.uniform()];
        return chance < probability ? [signed(operation, magnitude, sign)] : [];
      });
    },
  };
}

interface Step extends Drawn {
  readonly probability: number;
}

/** `rotate 0.8 8`: an operation, its probability, and the step of its magnitude. */
function stepOf(text: string, space: Space): Step {
  const [name, probability, step] = text.split(' ');
  const operation = name as OperationName;
  const magnitude = step === undefined ? 0 : space.get(operation)![Number(step)]!;
  return { operation, probability: Number(probability), magnitude };
}

/** The fewer bits posterizing leaves and the lower the threshold of solarizing is, the stronger they are. */
function isStronger(operation: OperationName, magnitude: number, other: number | undefined): boolean {
  if (other === undefined) return true;
  return operation === 'posterize' || operation === 'solarize' ? magnitude < other : magnitude > other;
}

/** Either sign with the same chance, where the operation has one. */
function signed(operation: OperationName, magnitude: number, uniform: number): Drawn {
  const isNegative = operations[operation].signed && magnitude !== 0 && uniform < 0.5;
  return { operation, magnitude: isNegative ? -magnitude : magnitude };
}
