/** What is known of an image, and can be learned: the class of it, or of each of its pixels. */
export type Target = 'class' | 'mask';

/** The label of a mask's pixels that count for nothing: unknown, on a border, outside of the image. */
export const IGNORED = 255;

/** Labels are bytes, and one is taken. */
export const MOST_MASK_CLASSES = 255;
