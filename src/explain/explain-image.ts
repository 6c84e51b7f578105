import { tensor4d, tidy } from '../engine/tf.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { Observation, PlaceWeights } from '../layers/observation.js';
import type { Features } from '../models/features.js';
import { counted, percent } from '../util/number-text.js';
import { attentionPicture, heatPicture, signedPicture } from './draw/heat.js';
import type { Picture } from './draw/picture.js';
import type { Panel, Tile } from './explanation.js';
import { gatesPanel } from './gates.js';
import { classScore, isMap, lastMaps, mapsOfPixels } from './grad-cam.js';
import { gradCamPanel } from './grad-cam-panel.js';
import { maskPanels, MaskOfImage } from './masks.js';
import { mixturesPanel } from './mixtures.js';
import { numberText, rangeText, sizeText } from './number-text.js';
import { octavePanel, octaveTile } from './octave.js';
import { rangeOf, type HeatMap } from './heat-map.js';
import type { ActivationStatistics } from './layer-statistics.js';
import { namedLayers, usualLayers } from './choose-layers.js';
import {
  attentionDistance,
  kernelSums,
  meanKernel,
  onSeen,
  placeDependence,
  readWeights,
  type Place,
  type WeightsOfImage,
} from './place-weights.js';
import { walk, type Outputs } from './walk.js';

/** An image as a network is given it. */
export interface ImageToExplain {
  /** As it is shown, size × size. */
  readonly picture: Picture;
  /** The same normalised, [size, size, 3]. */
  readonly input: Float32Array;
  /** The class of each pixel, where it is known. */
  readonly truth?: Uint8Array;
}

/** What to draw of an image. */
export interface ImageRequest {
  /** Layers by name, or by what their names begin with; the usual ones where there are none. */
  readonly layers: readonly string[];
  /** Pixels of the picture whose kernels and attention are drawn. */
  readonly points: readonly Point[];
  /** At most so many groups or heads of a layer. */
  readonly groups: number;
  /** The class that Grad-CAM is of; by default the one with the largest number, or the one that most pixels are said to be. */
  readonly index?: number;
  /** What the network's head is put on, where it says a class of each pixel. */
  readonly perPixel?: Features;
  /** Names of the classes. */
  readonly classes: readonly string[];
}

/** A pixel, counted from the upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What came out for one image. */
export interface ImageResult {
  /** What the network puts out, a number a class, of the image or of each pixel. */
  readonly outputs: Float32Array;
  readonly panels: readonly Panel[];
}

/** Draws what a network has inside when it looks at images, one at a time, on the engine in use. */
export class ImageExplainer {
  readonly #net: Blueprint;
  readonly #request: ImageRequest;
  #chosen: readonly Node[] | undefined;
  readonly #maps: readonly Node[];

  /** @throws InvolveError (exit code 2) with every layer that is none */
  constructor(net: Blueprint, request: ImageRequest) {
    this.#net = net;
    this.#request = request;
    const named = namedLayers(net, request.layers);
    if (request.layers.length > 0) this.#chosen = named;
    const asked = named.filter((node) => request.layers.includes(node.layer!.name) && isMap(node));
    const { perPixel } = request;
    this.#maps = [...new Set([...asked, ...(perPixel ? mapsOfPixels(perPixel) : lastMaps(net))])];
  }

  explain({ picture, input, truth }: ImageToExplain, statistics?: ActivationStatistics): ImageResult {
    const result: { of?: ImageResult } = {};
    tidy(() => {
      const { width: size } = picture;
      const images = tensor4d(input, [1, size, size, 3]);
      const chosen = (this.#chosen ??= this.#usual(images));
      const seen = new Map<Node, LayerOfImage>();
      const outputs = walk(this.#net, images, (node, observation) => {
        if (chosen.includes(node)) seen.set(node, read(node, observation));
      });
      statistics?.add(outputs);
      const logits = outputs.get(this.#net.nodes.at(-1)!)!.dataSync<'float32'>().slice();
      result.of = { outputs: logits, panels: this.#panels(picture, { outputs, logits, seen, truth }) };
    });
    return result.of!;
  }

  get points(): readonly Point[] {
    return this.#request.points;
  }

  /** Whether any layer showed more than its output, of the images so far. */
  get showsLayers(): boolean {
    return (this.#chosen ?? []).length > 0;
  }

  #usual(images: Parameters<typeof walk>[1]): readonly Node[] {
    const aspects = new Map<Node, string>();
    tidy(() => {
      walk(this.#net, images, (node, observation) => aspects.set(node, aspectOf(node, observation)));
    });
    return usualLayers(this.#net, (node) => aspects.get(node));
  }

  #panels(picture: Picture, { outputs, logits, seen, truth }: SeenOfImage): Panel[] {
    const { points, groups } = this.#request;
    const panels = this.#answers(picture, { outputs, logits, truth });
    const octaves: Tile[] = [];
    for (const [node, weights] of seen) {
      const { name } = node.layer!;
      if (weights instanceof Float32Array) {
        const [, height, width] = node.shape as number[];
        const map = outputs.get(node.inputs[0]!)!.dataSync<'float32'>();
        panels.push(gatesPanel(name, { gates: weights, height, width, map }, groups));
      } else if (weights === 'octave') {
        const [, height, width] = node.shape as number[];
        octaves.push(octaveTile(name, outputs.get(node)!.dataSync<'float32'>(), [height, width]));
      } else if (weights.kind === 'kernels') {
        panels.push(...kernelPanels(name, weights, { points, groups, picture }));
      } else {
        panels.push(attentionPanel(name, weights, { points, groups, picture }));
        if (weights.mixtures !== null) panels.push(mixturesPanel(name, weights.mixtures));
      }
    }
    if (octaves.length > 0) panels.push(octavePanel(octaves));
    return panels;
  }

  /** What is said of the image, and what speaks for it. */
  #answers(picture: Picture, { outputs, logits, truth }: Omit<SeenOfImage, 'seen'>): Panel[] {
    const { classes, perPixel, index } = this.#request;
    const nameOf = (c: number): string => classes[c] ?? String(c);
    const drawn = { net: this.#net, maps: this.#maps, picture, outputs };
    if (perPixel === undefined) {
      const c = index ?? argmax(logits);
      return [gradCamPanel({ ...drawn, score: classScore(c), of: nameOf(c) })];
    }
    const mask = new MaskOfImage(logits, classes);
    const c = index ?? mask.mostSaid;
    return [
      ...maskPanels(picture, mask, truth),
      gradCamPanel({ ...drawn, score: mask.scoreOf(c), of: `${nameOf(c)}, ${mask.pixelsOf(c)}` }),
    ];
  }
}

// --- internal ---

interface SeenOfImage {
  readonly outputs: Outputs;
  readonly logits: Float32Array;
  readonly seen: ReadonlyMap<Node, LayerOfImage>;
  readonly truth: Uint8Array | undefined;
}

interface LayerRequest {
  readonly points: readonly Point[];
  readonly groups: number;
  readonly picture: Picture;
}

/** What a layer has shown of an image: weights of places, or gates, a number a channel. */
type LayerOfImage = WeightsOfImage | Float32Array | 'octave';

function read(node: Node, observation: Observation): LayerOfImage {
  if (observation.kind === 'gates') return observation.gates.dataSync<'float32'>().slice();
  if (observation.kind === 'octave') return 'octave';
  const [, height, width] = node.inputs[0]!.shape as [null, number, number];
  return readWeights(observation, { height, width });
}

/** Layers of one aspect stand for each other. */
function aspectOf({ shape }: Node, observation: Observation): string {
  if (observation.kind === 'gates') return `gates ${shape.slice(1, 3).join('×')}`;
  const of = observation.kind === 'octave' ? observation.part : `${observation.reach} ${wayOf(observation)}`;
  return `${observation.kind} ${of} ${shape.slice(1, 3).join('×')}`;
}

/** What else tells layers of one reach apart. */
function wayOf(observation: PlaceWeights): string {
  if (observation.reach === 'axis') return observation.axis;
  return observation.reach === 'window' && observation.mixtures ? 'of mixtures' : '';
}

function kernelPanels(name: string, weights: WeightsOfImage, request: LayerRequest): Panel[] {
  const { points, groups, picture } = request;
  const shown = range(Math.min(groups, weights.groups));
  const sums = shown.map((group) => {
    const heat = kernelSums(weights, group);
    return { picture: heatPicture(heat), caption: `group ${group + 1}: ${rangeText(heat)}` };
  });
  const { kernelSize } = weights;
  const side = kernelSize ?? 1;
  const kernel = (values: Float32Array, of: string): Tile => {
    const heat = { height: side, width: side, values };
    return { picture: signedPicture(heat), caption: `${of}: ${rangeText(heat)}` };
  };
  const atPoints = points.flatMap((point) => {
    const place = placeOf(point, picture, weights);
    return shown.map((group) =>
      kernel(weights.at(place, group), `at ${point.x},${point.y}, group ${group + 1}`),
    );
  });
  const means = shown.map((group) => kernel(meanKernel(weights, group), `mean, group ${group + 1}`));
  const shares = shown.map((group) => percent(placeDependence(weights, group))).join(', ');
  const of = `${sizeText(weights)} places, kernels of ${side}×${side}${partOf(shown.length, weights.groups, 'group')}`;
  return [
    {
      title: `${name}: what its kernels add up to`,
      text: `The sum of the kernel made at each place, a picture a group, each from its 1st percentile (dark) to its 99th (yellow). ${of}.`,
      tiles: sums,
      columns: shown.length,
      stem: `${name}-kernel-sums`,
    },
    {
      title: `${name}: its kernels`,
      text: `The kernels themselves, a column a group, a row a place, the mean of all places last: red above 0, blue below, white at 0. Of their squared length ${shares} depends on the place, group by group; the rest is one kernel everywhere.`,
      tiles: [...atPoints, ...means],
      columns: shown.length,
      stem: `${name}-kernels`,
    },
  ];
}

function attentionPanel(name: string, weights: WeightsOfImage, request: LayerRequest): Panel {
  const { points, groups, picture } = request;
  const shown = range(Math.min(groups, weights.groups));
  const tiles = points.flatMap((point) => {
    const place = placeOf(point, picture, weights);
    const from = onSeen(place, weights);
    const tile = (heat: HeatMap, of: string): Tile => ({
      picture: attentionPicture(picture, heat, from),
      caption: `at ${point.x},${point.y}, ${of}: at most ${numberText(rangeOf(heat)[1])}`,
    });
    const heads = shown.map((head) => tile(weights.spread(place, head), `head ${head + 1}`));
    return weights.groups === 1 ? heads : [tile(meanOfHeads(weights, place), 'mean of heads'), ...heads];
  });
  const distances = shown.map((head) => numberText(attentionDistance(weights, head)));
  const mean = distances.length === 1 ? '' : ', head by head';
  return {
    title: `${name}: where places look`,
    text:
      `What the framed place attends to, a row a place: the brighter, the more weight. ${sizeText(weights)} places` +
      `${partOf(shown.length, weights.groups, 'head')}. They look ${distances.join(', ')} places far on average${mean}.`,
    tiles,
    columns: shown.length + (weights.groups === 1 ? 0 : 1),
    stem: `${name}-looks`,
  };
}

function meanOfHeads(weights: WeightsOfImage, place: Place): HeatMap {
  const heads = range(weights.groups).map((head) => weights.spread(place, head));
  const values = heads[0]!.values.map(
    (_, i) => heads.reduce((sum, head) => sum + head.values[i]!, 0) / heads.length,
  );
  return { ...weights.seen, values };
}

function placeOf({ x, y }: Point, picture: Picture, { height, width }: WeightsOfImage): Place {
  return {
    row: Math.floor((y * height) / picture.height),
    column: Math.floor((x * width) / picture.width),
  };
}

function argmax(values: Float32Array): number {
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best]!) best = i;
  });
  return best;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function partOf(shown: number, all: number, what: string): string {
  return shown === all ? `, ${counted(all, what)}` : `, the first ${shown} of ${counted(all, what)}`;
}
