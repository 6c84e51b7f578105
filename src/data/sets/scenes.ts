import { defineDataSet } from '../data-set.js';

/** How many scenes there are where the config does not say. */
const images = { train: 3_000, test: 600 };

/** What a config says of drawn scenes, with masks or without. */
export interface ScenesOptions {
  readonly scenes?: { readonly train: number; readonly test: number; readonly seed: number };
}

/** How many are drawn, and of which seed. */
export function scenesOf({ scenes }: ScenesOptions): NonNullable<ScenesOptions['scenes']> {
  return scenes ?? { ...images, seed: 0 };
}

/** Six classes of scenes that this program draws: nothing to download, any size. */
export const scenes = defineDataSet({
  name: 'scenes',
  title: 'Drawn scenes (six classes, made by involve)',
  page: null,
  classes: ['buildings', 'forest', 'glacier', 'mountain', 'sea', 'street'],
  images,
  imageSize: 'any',
  inputSize: 64,
  terms: 'Free of rights of others: drawn by this program.',
  notes: ['The numbers of images are defaults: data.scenes sets them.'],
  drawn: true,
  layout: 'nothing: drawn when needed',
  fetch: null,
  options: ({ z, count }) => ({
    scenes: z
      .strictObject({
        train: count.max(1_000_000).default(images.train),
        test: count.max(1_000_000).default(images.test),
        seed: z.int().min(0).default(0),
      })
      .optional()
      .describe('How many images of the drawn scenes there are (data.name scenes and scene-masks).'),
  }),
  open: async (_dir, own) => {
    const { openScenes } = await import('./scenes/open.js');
    const { train, test, seed } = scenesOf(own);
    return openScenes(train, test, seed);
  },
});
