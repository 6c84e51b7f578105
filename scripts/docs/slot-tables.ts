import { type Experiment } from '../../src/config/schema.js';
import { designModel } from '../../src/tasks/classification/head.js';
import { markdownTable } from '../../src/report/formats/markdown.js';
import { numbers, words } from '../../src/report/tables/table.js';
import { planSweep } from '../../src/sweep/plan.js';
import { grouped, millions, percent } from '../../src/util/number-text.js';
import { packageFile } from '../../src/util/package-file.js';
import { activationBytes } from '../../src/session/cost/octave-share.js';

const ROOT = packageFile('');
/** ResNet-26 as published, in the place of the narrow one. */
const FULL_SIZE = ['model.width=64', 'model.stem=imagenet', 'data.inputSize=224'];
const CLASSES = { small: 10, full: 1000 };

const INTRODUCTION = `## Every operator in the same slot

ResNet-26 with each operator in the place of its 3×3 convolutions, nothing else changed: the narrow network that the
sweeps train on CIFAR-10 (width 32, 32×32, 10 classes), and beside it the published size (width 64, 224×224, 1000
classes). Multiply-adds and memory are those of one image; "within" is what operators keep inside them for the backward
pass, beside the outputs of the layers. The same for any sweep, with the predicted memory of training:`;

/** The section of docs/models.md that compares operators in one network, one table a sweep. */
export function slotSection(): string {
  const blocks = ['operators-in-one-slot', 'operator-variants-in-one-slot'].flatMap((name) => {
    const file = `configs/sweeps/${name}.yaml`;
    return [`\`involve summary ${file}\``, slotTable(file)];
  });
  return [INTRODUCTION, ...blocks].join('\n\n');
}

// --- internal ---

function slotTable(file: string): string {
  const small = variantsOf(file, []);
  const full = variantsOf(file, FULL_SIZE);
  const costs = [...small].map(([name, experiment]) => ({
    name,
    small: costOf(experiment, CLASSES.small),
    full: costOf(full.get(name)!, CLASSES.full),
  }));
  const base = costs[0].small;
  return markdownTable({
    columns: [
      words('operator'),
      ...['parameters', 'of the first', 'multiply-adds, M', 'of the first', 'element-wise, M'].map(numbers),
      ...['outputs, MB', 'within, MB', '224×224: parameters', 'multiply-adds, G'].map(numbers),
    ],
    rows: costs.map(({ name, small: cost, full: large }) => [
      name,
      grouped(cost.parameters),
      percent(cost.parameters / base.parameters),
      millions(cost.macs),
      percent(cost.macs / base.macs),
      millions(cost.macsElementwise),
      millions(cost.outputBytes),
      millions(cost.innerBytes),
      grouped(large.parameters),
      (large.macs / 1e9).toFixed(3),
    ]),
  });
}

/** The experiments of a shipped sweep by name; seeds are alike. */
function variantsOf(file: string, set: readonly string[]): Map<string, Experiment> {
  const { jobs } = planSweep(file, { cwd: ROOT, set });
  return new Map(jobs.map(({ name, experiment }) => [name, experiment]));
}

function costOf({ model, data }: Experiment, classes: number) {
  const net = designModel(model, data.inputSize, classes);
  const { parameters, macs, macsElementwise, innerActivations } = net.total();
  return {
    parameters,
    macs,
    macsElementwise,
    outputBytes: activationBytes(net),
    innerBytes: 4 * innerActivations,
  };
}
