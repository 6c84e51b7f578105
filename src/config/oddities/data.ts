import type { Experiment } from '../schema.js';
import type { Oddity } from './oddity.js';

/** `data.cropFraction` where a config does not say. */
const USUAL_CROP = 0.875;

export function ofData(
  { data, augment, train: { batchSize, accumulate } }: Experiment,
  images: number | undefined,
): Oddity[] {
  const found: Oddity[] = [];
  if (data.validation !== 'test' && data.validation > 0.5) {
    const text = `${data.validation} of the images are held out, and the rest is trained on`;
    found.push({ path: ['data', 'validation'], text });
  }
  if (augment.shiftCrop > data.inputSize / 2) {
    const text = `a shift by up to ${augment.shiftCrop} pixels leaves little of images of ${data.inputSize}×${data.inputSize}`;
    found.push({ path: ['augment', 'shiftCrop'], text });
  }
  if (data.resize !== 'crop' && data.cropFraction !== USUAL_CROP) {
    const text = `${data.cropFraction} has no effect: data.resize is ${data.resize}, and only crop cuts a centre out`;
    found.push({ path: ['data', 'cropFraction'], text });
  }
  if (data.resize === 'pad' && augment.randomResizedCrop !== null) {
    const text =
      'crops of training are cut from the images without their bars; in validation and tests the bars are there (data.resize pad)';
    found.push({ path: ['augment', 'randomResizedCrop'], text });
  }
  if (images !== undefined && batchSize > images) {
    const text = `a batch of ${batchSize} is more than the ${images} images to train on: each epoch is one step`;
    found.push({ path: ['train', 'batchSize'], text });
  } else if (images !== undefined && batchSize * (accumulate - 1) >= images) {
    const text = `${accumulate} batches of ${batchSize} are more than the ${images} images to train on: each epoch is one step`;
    found.push({ path: ['train', 'accumulate'], text });
  }
  return found;
}
