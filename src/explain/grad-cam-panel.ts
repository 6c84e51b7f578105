import type { Blueprint, Node } from '../layers/blueprint.js';
import { gradCamPicture } from './draw/heat.js';
import type { Picture } from './draw/picture.js';
import type { Panel } from './explanation.js';
import { gradCam, type Score } from './grad-cam.js';
import { rangeText, sizeText } from './number-text.js';
import type { Outputs } from './walk.js';

/** Grad-CAM of some maps of a network, over the image. */
export function gradCamPanel({
  net,
  maps,
  picture,
  outputs,
  score,
  of,
}: {
  readonly net: Blueprint;
  readonly maps: readonly Node[];
  readonly picture: Picture;
  readonly outputs: Outputs;
  readonly score: Score;
  /** What the score is of. */
  readonly of: string;
}): Panel {
  const tiles = maps.map((node) => {
    const heat = gradCam(net, node, outputs, score);
    return {
      picture: gradCamPicture(picture, heat),
      caption: `${node.layer!.name}, ${sizeText(heat)}: ${rangeText(heat)}`,
    };
  });
  const text =
    'Where in a map lies what speaks for the class: the brighter, the more; where nothing does, the image stays grey.';
  return { title: `Grad-CAM for ${of}`, text, tiles, columns: 4, stem: 'grad-cam' };
}
