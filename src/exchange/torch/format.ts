import { normalizationConstants } from '../../data/augment/normalize.js';
import { zeros } from '../../engine/tf.js';
import { encodeSafetensors, type StoredTensor } from '../../runs/safetensors.js';
import type { FileContent } from '../../util/writing/atomic-write.js';
import type { ExchangeFormat, TrainedModel } from '../format.js';
import { ownWeightsOf } from '../own-weights.js';
import { torchWeight } from './names.js';
import { torchProgram } from './program.js';
import { openTorchReader } from './reader.js';

/**
 * A folder for PyTorch: `model.safetensors` in its layouts, `model.py`, which is the network and loads them, and
 * `config.json` with classes and preprocessing.
 */
export const format: ExchangeFormat = {
  write: async (model) =>
    new Map<string, FileContent>([
      ['config.json', `${JSON.stringify(configOf(model), null, 2)}\n`],
      ['model.py', torchProgram(model.design(), { origin: originOf(model), classes: model.classes.length })],
      ['model.safetensors', encodeSafetensors({ tensors: tensorsOf(model), metadata: { format: 'pt' } })],
    ]),
  reader: openTorchReader,
};

// --- internal ---

function tensorsOf({ weights, design }: TrainedModel): Map<string, StoredTensor> {
  const built = design().build((shape) => zeros([...shape]), 'names');
  const own = ownWeightsOf(built);
  built.dispose();
  return new Map(
    own.map((weight) => {
      const { name, ...numbers } = torchWeight(weight, weights.get(weight.name)!.data);
      return [name, { dtype: 'F32' as const, ...numbers }];
    }),
  );
}

/** For a comment of Python: a name of an experiment may hold anything. */
function originOf({ origin: { run, checkpoint, epoch } }: TrainedModel): string {
  return `${run.replaceAll(/[^\p{L}\p{N} /.,_+-]/gu, '_')}, ${checkpoint} checkpoint (epoch ${epoch})`;
}

/** What `model.py` reads. */
function configOf({ experiment: { data, augment }, classes, origin }: TrainedModel): object {
  const { mean, deviation } = normalizationConstants[augment.normalize];
  return {
    classes,
    input_size: data.inputSize,
    resize: data.resize,
    ...(data.resize === 'crop' ? { crop_fraction: data.cropFraction } : {}),
    mean,
    std: deviation,
    involve: { ...origin },
  };
}
