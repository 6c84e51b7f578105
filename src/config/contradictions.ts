import type { z } from 'zod';
import { targetOf, type DataSetName } from '../data/sets/index.js';
import { isAlwaysZero, type OverTraining } from '../util/over-training.js';

/** What an experiment's parts say of each other, as far as it has been read. */
interface Parts {
  readonly data: { readonly name: DataSetName; readonly inputSize: number };
  readonly augment: { readonly shiftCrop: number; readonly mixup: unknown; readonly cutmix: unknown };
  readonly train: {
    readonly progressive: readonly { readonly size: number }[] | null;
    readonly labelSmoothing: OverTraining;
    readonly classWeights?: readonly number[];
    readonly onlineHardPixels?: { readonly minKept: number };
  };
}

/** Refuses values of two parts that exclude each other; what is only odd is in oddities/. */
export function refuseContradictions({ data, augment, train }: Parts, context: z.RefinementCtx): void {
  for (const [i, { size }] of (train.progressive ?? []).entries()) {
    if (size <= data.inputSize) continue;
    context.addIssue({
      code: 'custom',
      path: ['train', 'progressive', i, 'size'],
      message: `images must not be larger than data.inputSize (${data.inputSize}), at which they are read, received ${size}`,
    });
  }
  for (const [path, message] of ofTarget({ data, augment, train })) {
    context.addIssue({ code: 'custom', path, message });
  }
  if (augment.shiftCrop < data.inputSize) return;
  context.addIssue({
    code: 'custom',
    path: ['augment', 'shiftCrop'],
    message: `a shift must be less than data.inputSize (${data.inputSize}), or nothing of the image is left, received ${augment.shiftCrop}`,
  });
}

// --- internal ---

type Contradiction = [path: string[], message: string];

/** What is of classes of images, and what of masks. */
function ofTarget({ data, augment, train }: Parts): Contradiction[] {
  if (targetOf(data) !== 'mask') {
    return (['classWeights', 'onlineHardPixels'] as const)
      .filter((key) => train[key] !== undefined)
      .map((key) => [['train', key], `it is of the pixels of masks, and ${data.name} has none`]);
  }
  const pixels = data.inputSize ** 2;
  const { minKept } = train.onlineHardPixels ?? { minKept: 0 };
  const mixed = (['mixup', 'cutmix'] as const).filter((way) => augment[way] !== null);
  return [
    ...mixed.map((way): Contradiction => [
      ['augment', way],
      `it mixes the classes of whole images, and ${data.name} has masks`,
    ]),
    ...(minKept < pixels
      ? []
      : [
          [
            ['train', 'onlineHardPixels', 'minKept'],
            `it keeps all ${pixels} pixels of an image of data.inputSize (${data.inputSize}), received ${minKept}`,
          ] as Contradiction,
        ]),
    ...(isAlwaysZero(train.labelSmoothing)
      ? []
      : [
          [
            ['train', 'labelSmoothing'],
            `it is of the classes of whole images, and ${data.name} has masks`,
          ] as Contradiction,
        ]),
  ];
}
