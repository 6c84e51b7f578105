import type { Metric, TaskMetrics } from '../../metrics/metric.js';

/** Sizes of objects, which are connected parts of a mask. */
export const OBJECT_SIZES = ['small', 'medium', 'large'] as const;

export type ObjectSize = (typeof OBJECT_SIZES)[number];

/** Shares of the image: below the first an object is small, from the second on it is large. */
export const SIZE_LIMITS = [0.01, 0.1] as const;

/** The size of a connected part, by its share of the image. */
export function objectSize(share: number): ObjectSize {
  if (share < SIZE_LIMITS[0]) return 'small';
  return share < SIZE_LIMITS[1] ? 'medium' : 'large';
}

/** Cross-entropy of the pixels that count, in nats. */
const loss: Metric = { name: 'loss', title: 'loss', unit: 'nats', better: 'lower' };
const ofPixels = (name: string, title: string): Metric => ({
  ...{ name, title, unit: 'share', better: 'higher' },
  of: 'pixels',
});
const meanIou = ofPixels('miou', 'mean IoU');
const accuracy = ofPixels('accuracy', 'pixel accuracy');

/** What is measured of any segmentation. */
export const segmentationMetrics: TaskMetrics = {
  train: [loss, meanIou, accuracy],
  validation: [
    loss,
    meanIou,
    accuracy,
    ...OBJECT_SIZES.map((size) => ofPixels(sizeName(size), `mean IoU of ${size} objects`)),
  ],
  primary: meanIou,
};

/** The same, and the IoU of each class. */
export function metricsOfClasses(classes: readonly string[]): TaskMetrics {
  const names = classNames(classes);
  const ofClasses = classes.map((title, c) => ofPixels(names[c], `IoU of ${title}`));
  return { ...segmentationMetrics, validation: [...segmentationMetrics.validation, ...ofClasses] };
}

/** The name of the mean IoU of objects of a size: `smallIou`. */
export function sizeName(size: ObjectSize): string {
  return `${size}Iou`;
}

/** Names of the metrics of the classes: `iouTrafficLight`, or `iou7` where letters and digits do not tell classes apart. */
export function classNames(classes: readonly string[]): string[] {
  const names = classes.map((name) => `iou${camelCase(name)}`);
  const isClear = (name: string): boolean =>
    name !== 'iou' && names.filter((each) => each === name).length === 1;
  return names.map((name, c) => (isClear(name) && !/^iou\d/.test(name) ? name : `iou${c}`));
}

// --- internal ---

function camelCase(text: string): string {
  return (text.match(/[A-Za-z0-9]+/g) ?? [])
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
