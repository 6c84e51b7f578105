import { model as modelSchema } from '../../src/models/options.js';
import type { InputSize } from '../../src/models/registry.js';
import { designFor } from '../../src/tasks/design.js';
import { taskOfCount } from '../../src/tasks/task-of.js';
import { markdownTable } from '../../src/report/formats/markdown.js';
import { numbers, words } from '../../src/report/tables/table.js';
import { grouped } from '../../src/util/number-text.js';
import { octaveSection } from './octave-table.js';
import { publishedModels, type PublishedModel } from './published-models.js';
import { slotSection } from './slot-tables.js';

const INTRODUCTION = `# Networks and what was published of them

Every network here that an article has figures of, built at its published size and counted. \`npm run docs:models\`
writes this page, and a test compares it with the code.

Parameters are trainable ones (no moving statistics). Multiply-adds are those of one image in convolutions, linears,
attention and involution; element-wise work (batch norm, activations, pooling, gates, biases, sums) is counted apart.
A published figure marked \\* takes element-wise work along and is compared with both together. Differences are in
per cent of the published figure, which is often rounded to two digits. One marked † stands here as it is remembered:
no text that has it was found to check it with.`;

const NOTES = `## What does not agree, and why

- **Axial-ResNet**: the article's parameters are those of tables with 509 entries, whatever the span; tables of the
  size that the map needs, as in the authors' code, give 11,586,216 to the 50 S. The widths of the attention stem were
  not published: those here have the parameters, and 4 % fewer multiply-adds.
- **EfficientNet-B4 and B5**: their parameters are those of the released networks to the digit; the paper does not say
  how it counted the multiply-adds, which come out 4 % higher here.
- **exp4**: the article rounds 0.62 million to 0.6.
- **Inception V3**: 23,626,728 is what the paper on Xception gives; no layout that was tried has it. This one is that
  of Keras, whose own count is 23,817,352, and 23,851,784 with moving statistics. 5 G is the round figure of
  Inception's abstract.
- **Stand-alone self-attention**: the paper's FLOPS, two a multiply-add, are halved here. 14.1 is 14.17 cut off. How
  many value matrices the attention stem mixes is not given; with eight instead of four the full networks have 0.05 G
  more.
- **Axial attention**: with a table of 2·255 − 1 positions whatever the span, as the authors' other repository has
  it, the published 12.4 and 12.5 million come out (12.48 cut off); with tables as long as needed there are fewer. The
  widths of the attention stem are not given.
- **LR-Net**: widths and details that nobody published were chosen here to come near the published parameters; it is
  our definition of the network, not a reproduction.
- **SAN**: the published figures take along less element-wise work than is counted here (no sums with shortcuts).
- **RedNet**: the published multiply-adds leave the sums with the shortcuts out, which are counted here; those of its
  networks for pixels leave the sums of the pyramid and the resizing out as well.
- **UPerNet**: the published parameters have 2.36 million of an auxiliary head along, which is left out after training
  and is not here; with it there are 56,380,500.
- **Axial-DeepLab**: no published count of the semantic branch alone is known to us.`;

const COLUMNS = [
  words('network'),
  ...['input', 'parameters', 'published, M', 'diff.'].map(numbers),
  ...['multiply-adds, G', 'element-wise, G', 'published, G', 'diff.'].map(numbers),
  words('source'),
];

/** The text of docs/models.md. */
export function page(): string {
  const sections = publishedModels.map(({ title, models, theory }) =>
    [
      `## ${title}`,
      markdownTable({ columns: COLUMNS, rows: models.map(row) }),
      ...(theory ? [octaveSection()] : []),
    ].join('\n\n'),
  );
  return `${[INTRODUCTION, ...sections, NOTES, slotSection()].join('\n\n')}\n`;
}

// --- internal ---

function row({ name, model, inputSize, classes, target, published, source }: PublishedModel): string[] {
  const total = designFor(taskOfCount(classes, { target }), modelSchema.parse(model), inputSize).total();
  const { parametersMillions, gigaMacs, countsElementwise = false, isUnchecked = false } = published;
  const mark = isUnchecked ? '†' : '';
  const compared = total.macs + (countsElementwise ? total.macsElementwise : 0);
  return [
    name,
    shownSize(inputSize),
    grouped(total.parameters),
    `${printed(parametersMillions)}${mark}`,
    difference(total.parameters / 1e6, parametersMillions),
    (total.macs / 1e9).toFixed(3),
    (total.macsElementwise / 1e9).toFixed(3),
    `${printed(gigaMacs)}${countsElementwise ? '*' : ''}${mark}`,
    difference(compared / 1e9, gigaMacs),
    source,
  ];
}

function shownSize(inputSize: InputSize): string {
  return typeof inputSize === 'number' ? String(inputSize) : inputSize.join('×');
}

function printed(value: number | null): string {
  return value === null ? '–' : String(value);
}

/** Signed, in per cent of what was published. */
function difference(value: number, published: number | null): string {
  if (published === null) return '–';
  const percent = (100 * (value / published - 1)).toFixed(1);
  if (Number(percent) === 0) return '0.0 %';
  return `${percent.startsWith('-') ? '−' : '+'}${percent.replace('-', '')} %`;
}
