import { expect, it } from 'vitest';
import { Blueprint } from '../../layers/blueprint.js';
import { classificationHead } from './head.js';

const layersOf = (shape: readonly (number | null)[], dropout: number | null) => {
  const net = new Blueprint([4, 4, 8]);
  const last = { ...net.input, shape: [...shape] };
  const logits = classificationHead(net, { maps: [], last, dropout }, 10);
  expect(logits.shape).toEqual([null, 10]);
  return net.summary().map(({ name, type }) => [name, type]);
};

const pool = ['head/pool', 'GlobalAveragePooling'];
const dropout = ['head/dropout', 'SeededDropoutLayer'];
const classifier = ['head/classifier', 'Dense'];

it('pools a map and takes a vector as it is', () => {
  expect(layersOf([null, 4, 4, 8], null)).toEqual([pool, classifier]);
  expect(layersOf([null, 8], null)).toEqual([classifier]);
});

it('drops out where the network says at which rate, even at 0', () => {
  expect(layersOf([null, 8], 0.2)).toEqual([dropout, classifier]);
  expect(layersOf([null, 8], 0)).toEqual([dropout, classifier]);
});
