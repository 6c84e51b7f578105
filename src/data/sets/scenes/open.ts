import type { DataSource, SourcePart } from '../../source.js';
import { drawScene, sceneClasses } from './draw-scene.js';

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
