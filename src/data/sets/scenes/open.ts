import { fitMask } from '../../masks/fit-mask.js';
import type { DataSource, SourcePart } from '../../source.js';
import { drawScene, sceneClasses } from './draw-scene.js';
import { sceneThings } from '../scene-things.js';

/**
 * So many drawn scenes. Class and look of an image are functions of (seed, split, index), so the first images are
 * the same however many are asked for.
 */
export function openScenes(train: number, test: number, seed: number): DataSource {
  return {
    classes: sceneClasses,
    notes: [],
    version: 'scenes-3',
    train: scenePart('train', train, seed),
    test: scenePart('test', test, seed),
  };
}

/** The same images, with what is seen at each of their pixels. */
export function openSceneMasks(train: number, test: number, seed: number): DataSource {
  const scenes = openScenes(train, test, seed);
  return {
    ...scenes,
    classes: sceneThings,
    train: maskedPart('train', scenes.train, seed),
    test: maskedPart('test', scenes.test, seed),
  };
}

// --- internal ---

function scenePart(split: string, count: number, seed: number): SourcePart {
  const labels = Uint16Array.from({ length: count }, (_, index) => index % sceneClasses.length);
  return {
    count,
    labels,
    name: (index) => `scenes/${split}/${index}`,
    stamp: (index) => `${seed}|${split}|${index}`,
    read: (index, size, out) => drawScene(out, size, labels[index]!, seed, split, index),
  };
}

/** Labels stay those of the scenes: each split has its share of every kind of scene. */
function maskedPart(split: string, part: SourcePart, seed: number): SourcePart {
  return {
    ...part,
    mask: (index, size, fit, out) => {
      // In the size in which the image is drawn, which is larger where its centre is cut out.
      const side = fit.kind === 'crop' ? fit.side : size;
      const labels = new Uint8Array(side * side);
      drawScene(new Uint8Array(side * side * 3), side, part.labels[index]!, seed, split, index, labels);
      fitMask({ width: side, height: side, labels }, fit, size, out);
    },
  };
}
