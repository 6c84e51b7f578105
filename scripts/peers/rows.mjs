// The work that is compared. `steps`: steps that count in one process of a peer; ours takes as many trials. Rows of
// one `group` run in turn with each other, and their times are told as a share of the first one's.

/** Rows whose networks have involutions. */
const INVOLUTIONS = new Set(['exp3', 'fpn-rednet50', 'fpn-rednet50-involution']);

const octconv = (alpha) => ({
  id: `octconv-${alpha}`,
  title: `OctConv article's network, α ${alpha}, 32², batch 64, inference`,
  config: `configs/octconv/article-alpha-${alpha}.yaml`,
  group: 'octconv',
  mode: 'infer',
  input: 32,
  batch: 64,
  steps: 2,
});

const pyramid = (id, title, config, input, batch) => ({
  id,
  title: `${title}, ${input}², batch ${batch}`,
  config: `configs/segmentation/${config}.yaml`,
  group: id === 'fpn-small' ? id : 'fpn-rednet50',
  input,
  batch,
  steps: 3,
});

export const ROWS = [
  { id: 'b0-224', title: 'B0, 224², batch 10', model: 'exp0', input: 224, batch: 10, steps: 5 },
  { id: 'b0-64', title: 'B0, 64², batch 64', model: 'exp0', input: 64, batch: 64, steps: 5 },
  { id: 'exp3-224', title: 'exp3, 224², batch 10', model: 'exp3', input: 224, batch: 10, steps: 1 },
  { id: 'exp3-64', title: 'exp3, 64², batch 64', model: 'exp3', input: 64, batch: 64, steps: 1 },
  {
    id: 'wrn-28-10',
    title: 'WRN-28-10, 32², batch 16',
    config: 'configs/octconv/wrn-28-10.yaml',
    input: 32,
    batch: 16,
    steps: 2,
  },
  ...['0', '0.25', '0.5', '0.75'].map(octconv),
  pyramid('fpn-small', 'Semantic FPN over a small ResNet', 'dense-small', 64, 16),
  pyramid('fpn-rednet50', 'Semantic FPN over RedNet-50', 'rednet50-fpn', 128, 8),
  pyramid(
    'fpn-rednet50-involution',
    'the same with involution in the neck',
    'rednet50-fpn-involution',
    128,
    8,
  ),
].map((row) => ({
  mode: 'train',
  model: row.id,
  group: row.id,
  config: `configs/${row.model}.json`,
  // Involution can be written in two ways; PyTorch users choose.
  forms: INVOLUTIONS.has(row.model ?? row.id) ? ['unfold', 'shift'] : [null],
  ...row,
}));
