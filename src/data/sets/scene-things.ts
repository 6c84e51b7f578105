/** What may be seen at a point of a scene, in the order of the labels of masks. */
export const sceneThings = [
  'sky',
  'building',
  'tree',
  'trunk',
  'ground',
  'glacier',
  'mountain',
  'water',
  'road',
  'object',
] as const;

export type SceneThing = (typeof sceneThings)[number];
