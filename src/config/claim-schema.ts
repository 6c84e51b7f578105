import { z } from 'zod';
import { ARE_SHARES } from '../tasks/options.js';
import { fraction } from '../util/schema-parts.js';

/**
 * The schema of a claim: a sentence, such as an article's, and what would have to be measured for it to hold. The
 * figures that an article prints of its network are something else: source.ts.
 */

/** Keys that name another job. */
export const COMPARISONS = ['above', 'below', 'near'] as const;

const jobName = z.string().min(1);
const metricName = z.string().min(1);
/** Of the metric that counts. */
const bound = ARE_SHARES ? fraction : z.number();

export const claimSchema = z
  .strictObject({
    says: z.string().min(1).describe('The claim in a sentence.'),
    source: z.string().default('').describe('Who claims it.'),
    config: jobName.describe('The job that it is about.'),
    above: jobName.optional().describe('Holds if that job is more accurate than this one.'),
    below: jobName.optional().describe('Holds if that job is less accurate than this one.'),
    near: jobName
      .optional()
      .describe('Holds if the two are as accurate: their difference is within `within` of 0.'),
    within: bound.optional().describe('With near: the difference that does not matter, a share.'),
    atLeast: bound.optional().describe('Holds if its accuracy is not below this share.'),
    atMost: bound.optional().describe('Holds if its accuracy is not above this share.'),
    measure: z
      .enum(['best', 'last', 'test'])
      .default('best')
      .describe('Validation accuracy at the best epoch or after the last one, or accuracy on test.'),
    metric: metricName
      .optional()
      .describe('The metric that is meant, as in the columns after val_; by default the one that counts.'),
    minus: metricName
      .optional()
      .describe(
        'What is meant is by how much metric is above this one: a gain in one set against a gain in the other.',
      ),
  })
  .superRefine((claim, context) => {
    const given = EXPECTATIONS.filter((key) => claim[key] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none is given' : `${given.join(', ')} are given`;
      context.addIssue({
        code: 'custom',
        path: given.length === 0 ? [] : [given[1]],
        message: `give exactly one of ${EXPECTATIONS.join(', ')}; ${found}`,
      });
    }
    if ((claim.near === undefined) !== (claim.within === undefined)) {
      const [there, missing] = claim.near === undefined ? ['within', 'near'] : ['near', 'within'];
      context.addIssue({
        code: 'custom',
        path: [there],
        message: `${there} needs ${missing} beside it`,
      });
    }
    const other = otherOf(claim);
    if (other !== undefined && other === claim.config) {
      context.addIssue({
        code: 'custom',
        path: [COMPARISONS.find((key) => claim[key] !== undefined)!],
        message: `a job cannot be compared to itself, received ${JSON.stringify(other)}`,
      });
    }
  });

/** The job that a claim compares its own to; undefined where it has a bound. */
export function otherOf(
  claim: Readonly<Partial<Record<(typeof COMPARISONS)[number], string>>>,
): string | undefined {
  return claim.above ?? claim.below ?? claim.near;
}

/** A claim as it was written, every default filled in. */
export type Claim = Readonly<z.infer<typeof claimSchema>>;

// --- internal ---

const EXPECTATIONS = [...COMPARISONS, 'atLeast', 'atMost'] as const;
