import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniform } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import { Blueprint } from '../layers/blueprint.js';
import { setWeight } from '../layers/testing.js';
import { placeOperator } from '../operators/index.js';
import { AttentionStem, BlockMaxPooling } from '../operators/local-attention/stem.js';
import { spatial } from '../operators/options.js';
import { classificationHead } from '../tasks/classification/head.js';
import { paint } from './draw/picture.js';
import { ImageExplainer, type ImageRequest } from './explain-image.js';
import { SqueezeExcite } from '../operators/squeeze-excite/layer.js';
import { numberText } from './number-text.js';
import { ActivationStatistics, statisticsCsv } from './layer-statistics.js';

beforeAll(openReference);

const SIZE = 12;
const place = { slot: 'model.spatial', activation: 'relu', stride: 1 } as const;
const batchNorm = { momentum: 0.9, epsilon: 1e-3 };

/** A convolution, an operator twice, all of three channels, a classifier of two. */
function netOf(options: object): Blueprint {
  const net = new Blueprint([SIZE, SIZE, 3]);
  const stem = placeOperator(net, net.input, spatial.parse({ type: 'conv' }), {
    ...place,
    name: 'stem',
    batchNorm,
  });
  const config = spatial.parse(options);
  const first = placeOperator(net, stem, config, { ...place, name: 'first', batchNorm });
  const second = placeOperator(net, first, config, { ...place, name: 'second', batchNorm });
  classificationHead(net, { last: second, dropout: null } as never, 2);
  net.build(0, 'net');
  return net;
}

const image = {
  picture: paint(SIZE, SIZE, (x, y) => [20 * x, 20 * y, 100]),
  input: uniform([SIZE, SIZE, 3], 1),
};
const request: ImageRequest = { layers: [], points: [{ x: 3, y: 9 }], groups: 2, classes: ['no', 'yes'] };

describe('what is drawn of a network', () => {
  it('attention at a point: the mean of all heads, and the first of them', () => {
    const net = netOf({ type: 'global-attention', heads: 3 });
    const [gradCam, looks, ...rest] = new ImageExplainer(net, request).explain(image).panels;
    expect(rest).toEqual([]);
    expect(gradCam!.title).toMatch(/^Grad-CAM for (no|yes)$/);
    expect(looks!.title).toBe('second: where places look');
    expect(looks!.text).toMatch(/12×12 places, the first 2 of 3 heads\. They look [\d.]+, [\d.]+ places far/);
    expect(looks!.tiles.map(({ caption }) => caption.replace(/[\d.e-]+$/, ''))).toEqual([
      'at 3,9, mean of heads: at most ',
      'at 3,9, head 1: at most ',
      'at 3,9, head 2: at most ',
    ]);
    expect(looks!.columns).toBe(3);
  });

  it('attention in the blocks of a stem, and what the values there are mixed of', () => {
    const net = new Blueprint([SIZE, SIZE, 3]);
    const options = { filters: 4, heads: 2, mixtures: 3, embedding: 5 };
    const stem = net.add(new AttentionStem({ name: 'stem', ...options }), net.input);
    const pooled = net.add(new BlockMaxPooling({ name: 'pool' }), stem);
    const config = spatial.parse({ type: 'local-attention', kernelSize: 3, heads: 2 });
    const last = placeOperator(net, pooled, config, { ...place, name: 'after', batchNorm });
    classificationHead(net, { last, dropout: null } as never, 2);
    const model = net.build(0, 'net');
    // Places say nothing: a third of each matrix everywhere.
    setWeight(model.getLayer('stem') as AttentionStem, 'mixture_embedding', new Float32Array(15));
    const { panels } = new ImageExplainer(net, request).explain(image);
    // Attention behind it on a map as large as its own hides neither.
    expect(panels.slice(1).map(({ title }) => title)).toEqual([
      'stem: where places look',
      'stem: what values are mixed of',
      'after: where places look',
    ]);
    const [, looks, mixtures] = panels;
    expect(looks!.text).toContain('12×12 places, 2 heads.');
    expect(looks!.tiles.map(({ picture }) => picture.width)).toEqual([60, 60, 60]);
    expect(mixtures!.tiles.map(({ caption }) => caption)).toEqual(
      [1, 2, 3].map((matrix) => `matrix ${matrix}: 0.333 to 0.333`),
    );
    expect(mixtures!.tiles[0]!.picture).toMatchObject({ width: 4, height: 4 });
    expect(mixtures!.text).toContain('3 matrices, by where in its block of 4×4');
    expect(mixtures!.stem).toBe('stem-mixtures');
  });

  it('the channels that gates open and shut most, as they are before', () => {
    const net = new Blueprint([SIZE, SIZE, 3]);
    const se = net.add(new SqueezeExcite({ name: 'se', squeezed: 2 }), net.input);
    classificationHead(net, { last: se, dropout: null } as never, 2);
    const model = net.build(0, 'net');
    const layer = model.getLayer('se') as SqueezeExcite;
    // Nothing of the image: gates of 1/2, σ(2) and σ(−2).
    setWeight(layer, 'expand_kernel', new Float32Array(6));
    setWeight(layer, 'expand_bias', [0, 2, -2]);
    const { panels } = new ImageExplainer(net, request).explain(image);
    const { title, text, tiles, columns } = panels.at(-1)!;
    expect(title).toBe('se: the channels that it opens');
    expect(text).toContain('the 1 most open of 3');
    expect(text).toContain('are 0.5 on average, with a deviation of 0.311.');
    expect(columns).toBe(1);
    const values = image.input.filter((_, i) => i % 3 === 1);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    expect(tiles.map(({ caption }) => caption.slice(0, 21))).toEqual([
      'channel 2, gate 0.881',
      'channel 3, gate 0.119',
    ]);
    expect(tiles[0]!.caption).toBe(`channel 2, gate 0.881: ${[least, most].map(numberText).join(' to ')}`);
  });

  it('both parts of an octave convolution, at their sizes', () => {
    const { panels } = new ImageExplainer(netOf({ type: 'octconv' }), request).explain(image);
    const { title, tiles } = panels.at(-1)!;
    expect(title).toBe('Octave maps: high and low frequency');
    const sizes = tiles.map(({ picture, caption }) => [
      picture.width,
      /^[^,]*/.exec(caption)![0].split('/').at(-1),
    ]);
    expect(sizes).toEqual(
      expect.arrayContaining([
        [12, 'high'],
        [6, 'low'],
      ]),
    );
  });

  it('what is not finite, with the first layer where it is', () => {
    const net = netOf({ type: 'involution', kernelSize: 3, groups: 1 });
    const second = net.nodes.find(({ layer }) => layer!.name === 'second')!.layer!;
    setWeight(second, 'span_bias', uniform([9], 3).fill(NaN, 0, 1));
    const statistics = new ActivationStatistics(net);
    const { outputs, panels } = new ImageExplainer(net, request).explain(image, statistics);
    expect(outputs.every(Number.isNaN)).toBe(true);
    const bad = statistics.result().filter(({ activations }) => activations.notFinite > 0);
    expect(bad[0]).toMatchObject({ name: 'second', type: 'Involution', weights: { notFinite: 1 } });
    expect(statisticsCsv(statistics.result())).toMatch(/^second,Involution,weights,/m);
    const sums = panels.find(({ title }) => title === 'second: what its kernels add up to')!;
    expect([...sums.tiles[0]!.picture.pixels.subarray(0, 3)]).toEqual([255, 0, 255]);
  });

  it('and leaves no tensor behind', () => {
    const explainer = new ImageExplainer(netOf({ type: 'san-pairwise', groups: 1 }), request);
    explainer.explain(image);
    const before = tf.memory().numTensors;
    explainer.explain(image);
    expect(tf.memory().numTensors).toBe(before);
  });
});
