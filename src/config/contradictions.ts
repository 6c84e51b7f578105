import type { z } from 'zod';

/** What an experiment's parts say of each other, as far as it has been read. */
interface Parts {
  readonly data: { readonly inputSize: number };
  readonly augment: { readonly shiftCrop: number };
  readonly train: { readonly progressive: readonly { readonly size: number }[] | null };
}

/** Refuses values of two parts that exclude each other; what is only odd is in oddities.ts. */
export function refuseContradictions({ data, augment, train }: Parts, context: z.RefinementCtx): void {
  for (const [i, { size }] of (train.progressive ?? []).entries()) {
    if (size <= data.inputSize) continue;
    context.addIssue({
      code: 'custom',
      path: ['train', 'progressive', i, 'size'],
      message: `images must not be larger than data.inputSize (${data.inputSize}), at which they are read, received ${size}`,
    });
  }
  if (augment.shiftCrop < data.inputSize) return;
  context.addIssue({
    code: 'custom',
    path: ['augment', 'shiftCrop'],
    message: `a shift must be less than data.inputSize (${data.inputSize}), or nothing of the image is left, received ${augment.shiftCrop}`,
  });
}
