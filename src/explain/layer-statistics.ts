import { stringify } from 'csv-stringify/sync';
import type { Blueprint, Node } from '../layers/blueprint.js';
import { StatisticsOf, type Statistics } from './statistics.js';
import type { Outputs } from './walk.js';

/** What a layer holds, and what it puts out for the images that were looked at. */
export interface LayerStatistics {
  readonly name: string;
  readonly type: string;
  /** Of its trained weights; null of a layer that has none. */
  readonly weights: Statistics | null;
  readonly activations: Statistics;
}

/** Gathers what layers put out, an image at a time. */
export class ActivationStatistics {
  readonly #layers = new Map<Node, StatisticsOf>();

  constructor(private readonly net: Blueprint) {
    for (const node of net.nodes) this.#layers.set(node, new StatisticsOf());
  }

  add(outputs: Outputs): void {
    for (const [node, statistics] of this.#layers) {
      statistics.add(outputs.get(node)!.dataSync<'float32'>());
    }
  }

  /** Of every layer, in the order of the computation; the weights are those that the model has now. */
  result(): readonly LayerStatistics[] {
    return this.net.nodes.map((node) => ({
      name: node.layer!.name,
      type: node.layer!.getClassName(),
      weights: weightsOf(node),
      activations: this.#layers.get(node)!.result(),
    }));
  }
}

/** A row a layer and what was measured. */
export function statisticsCsv(layers: readonly LayerStatistics[]): string {
  const rows = layers.flatMap(({ name, type, weights, activations }) =>
    [
      { of: 'weights', statistics: weights },
      { of: 'activations', statistics: activations },
    ].flatMap(({ of, statistics }) =>
      statistics === null
        ? []
        : [
            {
              layer: name,
              type,
              of,
              count: statistics.count,
              mean: statistics.mean,
              deviation: statistics.deviation,
              zeros: statistics.zeros,
              largest: statistics.largest,
              not_finite: statistics.notFinite,
            },
          ],
    ),
  );
  return stringify(rows, { header: true });
}

// --- internal ---

function weightsOf({ layer }: Node): Statistics | null {
  const statistics = new StatisticsOf();
  for (const weight of layer!.trainableWeights) statistics.add(weight.read().dataSync<'float32'>());
  const result = statistics.result();
  return result.count === 0 ? null : result;
}
