import { defineDataSet } from '../data-set.js';
import { scenes, scenesOf } from './scenes.js';
import { sceneThings } from './scene-things.js';

/** The drawn scenes again, with what is seen at each pixel: nothing to download, any size. */
export const sceneMasks = defineDataSet({
  name: 'scene-masks',
  title: 'Drawn scenes with masks (ten classes of pixels, made by involve)',
  page: null,
  target: 'mask',
  classes: sceneThings,
  images: scenes.images,
  imageSize: 'any',
  inputSize: 64,
  terms: scenes.terms,
  notes: scenes.notes,
  drawn: true,
  layout: scenes.layout,
  fetch: null,
  open: async (_dir, own) => {
    const { openSceneMasks } = await import('./scenes/open.js');
    const { train, test, seed } = scenesOf(own);
    return openSceneMasks(train, test, seed);
  },
});
