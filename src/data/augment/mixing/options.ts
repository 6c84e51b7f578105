import { z } from 'zod';
import { positive } from '../../../util/schema-parts.js';

const probability = z.number().min(0).max(1).default(1).describe('Share of the batches that are mixed so.');
/** Far beyond it every share is ½ in any case. */
const alpha = positive
  .max(1000)
  .default(1)
  .describe('The share of an image is drawn from Beta(alpha, alpha).');

/** Mixes the images of a batch, and their targets with them. */
export const mixing = {
  mixup: z
    .strictObject({ alpha, probability })
    .nullable()
    .default(null)
    .describe('Blends each image with the one before it in the batch (Zhang et al. 2018).'),
  cutmix: z
    .strictObject({ alpha, probability })
    .nullable()
    .default(null)
    .describe('Pastes a box of the image before it in the batch into each image (Yun et al. 2019).'),
};

/** Which of the two a batch gets is drawn; neither where both are null. */
export type MixingConfig = Readonly<{
  [K in keyof typeof mixing]: z.infer<(typeof mixing)[K]>;
}>;

/** Refuses shares of batches that are more than all of them. */
export function refuseTooMuchMixing({ mixup, cutmix }: MixingConfig, context: z.RefinementCtx): void {
  if (mixup === null || cutmix === null || mixup.probability + cutmix.probability <= 1 + 1e-9) return;
  context.addIssue({
    code: 'custom',
    path: ['cutmix', 'probability'],
    message:
      'a batch is mixed in one way at most, so mixup.probability and cutmix.probability must not be more than 1 together ' +
      `(0.5 each draws between them), received ${mixup.probability} and ${cutmix.probability}`,
  });
}
