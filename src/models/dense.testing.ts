import type { Blueprint } from '../layers/blueprint.js';

/**
 * Multiply-adds as mmsegmentation's counter has them: convolutions with their biases, batch norm, activations and pooling,
 * which are modules, and neither sums nor resizing, which are functions.
 */
export function workOfModules(net: Blueprint): number {
  const left = net
    .summary()
    .filter(({ type }) => type === 'AddBranches' || type === 'Resizing')
    .reduce((sum, { macsElementwise }) => sum + macsElementwise, 0);
  const { macs, macsElementwise } = net.total();
  return macs + macsElementwise - left;
}
