import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import {
  dataSet,
  dataSetNames,
  dataSets,
  ownFolders,
  standIn,
  type DataSetName,
} from '../../data/sets/index.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { packageFile } from '../../util/package-file.js';
import { command } from '../command.js';
import { anyFolder } from '../completes.js';
import { choice } from '../flags.js';
import { optional } from '../operands.js';
import { makeFolder } from '../../util/writing/make-folder.js';
import { shellWord } from '../../util/shell-words.js';
import { errorCode, explainWriteError } from '../../util/system-error.js';

/** `involve init`: writes a first config with comments, and says what to type next. */
export const init = command({
  name: 'init',
  description: 'write a first config, commented, to start from',
  operands: { name: optional('name of the experiment, or the file to write', anyFolder) },
  flags: {
    data: choice('name', 'data set of the experiment', dataSetNames, standIn.name),
  },
  example: 'involve init my-experiment --data cifar10',
  async run({ name: operand = 'experiment' }, { data }, context) {
    const label = /\.ya?ml$/i.test(operand) ? operand : `${operand}.yaml`;
    const file = resolve(context.cwd, label);
    const name = basename(file, extname(file));
    await checkName(name, operand);
    const { optimizerNames } = await import('../../train/optimizer-options.js');
    await writeNew(file, label, template(name, data, schemaAddress(file), optimizerNames));
    const { loadExperiment } = await import('../../config/load.js');
    loadExperiment(file, { cwd: context.cwd });
    context.note(`wrote ${label}`);
    const set = dataSet(data);
    const folder = `datasets/${data}`;
    if (set.fetch !== null) {
      if (!existsSync(join(context.cwd, folder))) context.print(`involve data get ${data}`);
    } else if (!set.drawn) context.print(`put your images into ${folder} as ${set.layout}, then`);
    context.print(`involve train ${shellWord(label)}`);
    return ExitCode.ok;
  },
});

// --- internal ---

async function checkName(name: string, operand: string): Promise<void> {
  if (/\.json$/i.test(operand)) {
    const what = `init writes YAML, since JSON has no comments; received ${JSON.stringify(operand)}`;
    throw badInput('E_ARGUMENT', {
      what,
      try: `involve init ${shellWord(operand.replace(/json$/i, 'yaml'))}`,
    });
  }
  const { experimentSchema } = await import('../../config/schema.js');
  const result = experimentSchema.shape.name.safeParse(name);
  if (!result.success) throw badInput('E_ARGUMENT', { what: result.error.issues[0].message, where: 'NAME' });
}

async function writeNew(file: string, label: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
      throw errorCode(error) === 'EEXIST' ? exists(file, label) : error;
    });
  } catch (error) {
    throw explainWriteError(error, file) ?? error;
  }
}

function exists(file: string, label: string): Error {
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  const what = `${label} exists${isFolder ? ' and is a folder' : ''}; init never overwrites`;
  return badInput('E_EXISTS', { what, try: 'give another name: involve init my-experiment' });
}

/** The schema that came with this program, from where the config stands. */
function schemaAddress(file: string): string {
  return relative(dirname(file), packageFile('configs/schema.json'));
}

/** Every name that `data.name` may have, for the comment beside it; how files lie is said of the one that was chosen. */
function names(data: DataSetName): string {
  const all = dataSets.map(({ name, drawn, classes, layout }) => {
    if (drawn) return `${name} (drawn, nothing to download)`;
    const isShown = name === data || name === ownFolders.name;
    return classes === null && isShown ? `${name} (${layout})` : name;
  });
  return all.join(', ');
}

function template(name: string, data: DataSetName, schema: string, optimizers: readonly string[]): string {
  return `# yaml-language-server: $schema=${schema}
#
# What is not given has a default: \`involve train ${name}.yaml --dry-run\` prints all of it.
# One value can be changed for one run: --set train.epochs=3
# A config may build on another: \`extends: ./other.yaml\`, then only what differs.

name: ${JSON.stringify(name)} # the run goes to runs/${name}/seed-0/

data:
  name: ${data} # ${names(data)}
  dir: null # null: datasets/${data}; a path is relative to the current directory
  inputSize: ${dataSet(data).inputSize} # height and width of the images the model sees
  validation: 0.1 # share of train that is held out; test is left to \`involve eval\`

model:
  family: efficientnet
  variant: b0 # b0 … b7
  attention:
    type: involution # involution, se (as published), none
    generator: paper # paper: reduce, BN, ReLU, span; linear: reduce, span
    groups: 4
    reductionRatio: 4
    kernelSize: 7
    followedBy: bn-swish # bn-swish, none
  removeStages: [7, 8] # of stages 2 … 8; [] keeps all

train:
  seed: 0
  batchSize: 32
  epochs: 10 # or steps: n, instead of it
  optimizer:
    name: adamw # ${optimizers.join(', ')}
    learningRate: 0.001
    weightDecay: 0.01
  schedule:
    name: cosine # constant, plateau, step, cosine
    warmUp: { epochs: 1 } # { epochs: n }, { steps: n } or null
`;
}
