import type { DataConfig } from '../options.js';
import { drawScene, sceneClasses } from './scenes/draw-scene.js';
import type { DataSource, SourcePart } from '../source.js';

/** How many scenes there are where the config does not say. */
export const defaultScenes = { train: 3000, test: 600, seed: 0 };

/**
 * Six classes of scenes drawn by us: nothing to download, any size. Class and look of an image are functions of
 * (seed, split, index), so the first images are the same however many are asked for.
 */
export function openScenes(_dir: string, config: DataConfig): Promise<DataSource> {
  const { train, test, seed } = config.scenes ?? defaultScenes;
  return Promise.resolve({
    classes: sceneClasses,
    notes: config.dir === null ? [] : ['data.dir has no effect: scenes are drawn, not read'],
    version: 'scenes-3',
    train: scenePart('train', train, seed),
    test: scenePart('test', test, seed),
  });
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
