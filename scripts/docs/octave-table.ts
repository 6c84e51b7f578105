import { model as modelSchema, type ModelConfig } from '../../src/models/options.js';
import { designModel } from '../../src/tasks/classification/head.js';
import { markdownTable } from '../../src/report/formats/markdown.js';
import { numbers, words } from '../../src/report/tables/table.js';
import { octaveShare } from '../../src/session/cost/octave-share.js';
import { percent } from '../../src/util/number-text.js';
import { type Blueprint } from '../../src/layers/blueprint.js';

const INTRODUCTION = `### Theory and count

What octave convolutions leave of a network, in per cent of the same one at α = 0. Theory is of one convolution with α on
both sides: 1 − ¾α(2 − α) of the multiply-adds, 1 − ¾α of the values. A network has layers beside: the first has α on one
side, the head has none. \`involve summary\` prints the same line for any config with octave convolutions.`;

const NETWORKS = [
  ["the article's network", { family: 'octconv-article' }],
  ['WRN-28-10', { family: 'wide-resnet' }],
] as const;
const ALPHAS = [0.25, 0.5, 0.75, 1];
const [INPUT_SIZE, CLASSES] = [32, 10];

/** The part of docs/models.md that holds theory beside the counted share of whole networks. */
export function octaveSection(): string {
  const rows = NETWORKS.flatMap(([name, options]) =>
    ALPHAS.map((alpha) => {
      const model = modelSchema.parse({ ...options, alpha });
      const design = (config: ModelConfig): Blueprint => designModel(config, INPUT_SIZE, CLASSES);
      const share = octaveShare(design(model), model, design)!;
      return [
        name,
        String(alpha),
        percent(share.theoryMacsPercent! / 100),
        percent(share.macsPercent / 100),
        percent(share.theoryMemoryPercent / 100),
        percent(share.activationPercent / 100),
      ];
    }),
  );
  const columns = [
    words('network'),
    ...['α', 'multiply-adds, theory', 'counted', 'activations, theory', 'counted'].map(numbers),
  ];
  return `${INTRODUCTION}\n\n${markdownTable({ columns, rows })}`;
}
