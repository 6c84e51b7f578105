import type { ConfigPath } from '../located.js';
import type { Experiment } from '../schema.js';
import type { Oddity } from './oddity.js';

export function ofAugmentation({ augment, train: { batchSize } }: Experiment): Oddity[] {
  const { policy, colorJitter, rotation, randomErasing, randomScale } = augment;
  const found: Oddity[] = [];
  const note = (path: ConfigPath, text: string): void =>
    void found.push({ path: ['augment', ...path], text });
  if (augment.paddingMode !== 'constant' && augment.shiftCrop === 0) {
    note(['paddingMode'], 'nothing is padded where augment.shiftCrop is 0');
  }
  if (randomScale !== null && randomScale[0] === 1 && randomScale[1] === 1) {
    note(['randomScale'], 'nothing becomes larger or smaller by 1');
  }
  if (rotation?.degrees === 0) note(['rotation', 'degrees'], 'nothing is turned by 0 degrees');
  if (colorJitter !== null && Object.values(colorJitter).every((range) => range === 0)) {
    note(['colorJitter'], 'no colour is changed where all four ranges are 0');
  } else if (colorJitter !== null && policy !== null) {
    note(['colorJitter'], 'colours are changed twice, by augment.policy and by this');
  }
  for (const [key, what] of [
    ['brightness', 'black'],
    ['contrast', 'of one grey'],
  ] as const) {
    const range = colorJitter?.[key] ?? 0;
    if (Array.isArray(range) && range[1] === 0) note(['colorJitter', key], `every training image is ${what}`);
  }
  if (randomErasing !== null && (randomErasing.probability === 0 || randomErasing.scale[0] === 1)) {
    const [key, why] = randomErasing.probability === 0 ? ['probability', 0] : ['scale', 1];
    note(['randomErasing', key], `no rectangle is ever put out of sight with ${why} here`);
  }
  for (const way of ['mixup', 'cutmix'] as const) {
    const mixing = augment[way];
    if (mixing === null) continue;
    if (mixing.probability === 0) note([way, 'probability'], 'no batch is ever mixed so with 0 here');
    else if (batchSize === 1) note([way], 'a batch of one image has no other to be mixed with');
  }
  return found;
}
