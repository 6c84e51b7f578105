import type { Views } from '../session/predicting/views.js';
import { count, flag } from './flags.js';

/** In which forms each image is predicted of (test-time augmentation), for `eval` and `predict` alike. */
export const viewFlags = {
  tta: flag('predict of each mirror image too, and take the mean'),
  ttaShift: count('pixels', 'as --tta, and of both moved by so many pixels up and left, and down and right', {
    from: 1,
    to: 16,
  }),
};

export function viewsOf({
  tta = false,
  ttaShift = 0,
}: {
  readonly tta?: boolean | undefined;
  readonly ttaShift?: number | undefined;
}): Views {
  return { flips: tta || ttaShift > 0, shift: ttaShift };
}
