import { operators } from '../operators/index.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { Shown } from '../layers/observation.js';
import { closestString } from '../util/closest-string.js';
import { badInput, type Problem } from '../util/errors.js';

/** What tells whether two layers that show something stand for each other: `attention along the width, 16×16`. */
export type AspectOf = (node: Node) => string | undefined;

/**
 * The layers to draw when none are named: of each stage, which is a size of the map, the last one of each kind.
 * @param aspectOf undefined of layers that show nothing
 */
export function usualLayers(net: Blueprint, aspectOf: AspectOf): readonly Node[] {
  const last = new Map<string, Node>();
  for (const node of net.nodes) {
    const aspect = aspectOf(node);
    if (aspect === undefined) continue;
    last.set(aspect, node);
  }
  const chosen = new Set(last.values());
  return net.nodes.filter((node) => chosen.has(node));
}

/**
 * The layers that a user means: each by its name, or all below a name, `stage3` or `stage3/block1`.
 * @throws InvolveError (exit code 2) with every name that is none
 */
export function namedLayers(net: Blueprint, names: readonly string[]): readonly Node[] {
  const problems: Problem[] = [];
  const chosen = new Set<Node>();
  for (const name of names) {
    const found = net.nodes.filter(({ layer }) => layer!.name === name || layer!.name.startsWith(`${name}/`));
    for (const node of found) chosen.add(node);
    if (found.length > 0) continue;
    const meant = closestString(name, namesOf(net));
    problems.push({
      what: `the network has no layer ${name}`,
      where: '--layers',
      try: meant === undefined ? `${firstNames(net)}, or a layer of them` : `did you mean "${meant}"?`,
    });
  }
  if (problems.length > 0) throw badInput('E_EXPLAIN_LAYER', problems);
  return net.nodes.filter((node) => chosen.has(node));
}

/** The operators whose layers show something, by what they show; as their declarations say. */
export function operatorsThatShow(shown: Shown): readonly string[] {
  return Object.entries(operators)
    .filter(([, { shows }]) => shows?.includes(shown))
    .map(([type]) => type);
}

// --- internal ---

/** What all layers are of: `stem, stage2, stage3, head`. */
function firstNames(net: Blueprint): string {
  const first = [...new Set(net.nodes.map(({ layer }) => layer!.name.split('/')[0]))];
  return first.length > 12 ? `${first.slice(0, 12).join(', ')}, …` : first.join(', ');
}

/** Names of layers and of what they are grouped under. */
function namesOf(net: Blueprint): Set<string> {
  const names = net.nodes.map(({ layer }) => layer!.name.split('/'));
  return new Set(names.flatMap((parts) => parts.map((_, i) => parts.slice(0, i + 1).join('/'))));
}
