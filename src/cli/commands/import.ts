import { ExitCode } from '../../util/errors.js';
import { shellWord } from '../../util/shell-words.js';
import { badInput } from '../../util/errors.js';
import { command } from '../command.js';
import { anyFile } from '../completes.js';
import { json, set } from '../config-flags.js';
import { flag, text } from '../flags.js';
import { config } from '../operands.js';

/** `involve import CONFIG --weights FILE`: whether weights of others fit a network, and a file of them in our layout. */
export const importWeights = command({
  name: 'import',
  description: 'weights of timm, torchvision, Keras or a run, for train.from: do they fit this network?',
  operands: { config },
  flags: {
    weights: text(
      'file',
      'a safetensors file, a .h5 or .keras of Keras, a folder of timm, or a run folder',
      anyFile,
    ),
    checkpoint: text('name', 'of a run: best (default), last, averaged, or epoch-<n>', {
      words: ['best', 'last', 'averaged'],
    }),
    partial: flag('take what fits by name and shape, and leave the rest'),
    out: text('file', 'write them there, under the names of this network', anyFile),
    set,
    json,
  },
  example: 'involve import configs/exp0.json --weights model.safetensors --out start.safetensors',
  async run({ config }, flags, { print, note, cwd }) {
    const { weights, checkpoint = 'best', partial = false, out } = flags;
    if (weights === undefined) {
      throw badInput('E_ARGUMENT', {
        what: 'the weights are missing',
        try: `involve import ${shellWord(config)} --weights FILE`,
      });
    }
    const { loadConfig } = await import('../../session/load-config.js');
    const experiment = loadConfig(config, flags, cwd, (text) => note(`note: ${text}`));
    const session = await import('../../session/weights/import-weights.js');
    const imported = await session.importWeights(experiment, { cwd, weights, checkpoint, partial, out });
    const { shown, sha256, head, classes, fitted } = imported;
    const { title, tensors, left, newHead } = fitted;
    if (flags.json) {
      const counts = { tensors: tensors.size, headClasses: head ?? null, classes };
      const rest = { fromSeed: left.ours, unused: left.theirs, out: out ?? null };
      print(JSON.stringify({ weights: shown, sha256, format: title, ...counts, ...rest }));
      return ExitCode.ok;
    }
    print(`${shown}: names of ${title}, ${tensors.size} tensors for ${experiment.name}`);
    print(head === undefined ? `head     stays new: ${newHead}` : `head     ${head} classes`);
    if (left.ours.length > 0) print(`missing  ${left.ours.join(', ')}`);
    if (left.theirs.length > 0) print(`unused   ${left.theirs.join(', ')}`);
    if (out !== undefined) print(`written  ${out}`);
    const start = `train.from=${out ?? weights}`;
    print(`to start from them: involve train ${shellWord(config)} --set ${shellWord(start)}`);
    return ExitCode.ok;
  },
});
