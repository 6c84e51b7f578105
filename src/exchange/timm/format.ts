import { zeros } from '../../engine/tf.js';
import { normalizationConstants } from '../../data/augment/normalize.js';
import { encodeSafetensors, type StoredTensor } from '../../runs/safetensors.js';
import type { FileContent } from '../../util/writing/atomic-write.js';
import { badInput } from '../../util/errors.js';
import type { ExchangeFormat, TrainedModel } from '../format.js';
import { ownWeightsOf } from '../own-weights.js';
import { timmNetworkOf, type TimmNetwork } from './architecture.js';
import { timmNames } from './index.js';
import { openTimmReader } from './reader.js';

/**
 * A folder of timm's: `timm.create_model("local-dir:FOLDER", pretrained=True)` gives the network with its weights, and
 * `config.json` says how images become its input.
 */
export const format: ExchangeFormat = {
  write: async (model) => {
    const network = networkOf(model);
    const tensors = encodeSafetensors({ tensors: tensorsOf(model, network), metadata: { format: 'pt' } });
    return new Map<string, FileContent>([
      ['config.json', `${JSON.stringify(configOf(model, network), null, 2)}\n`],
      ['model.safetensors', tensors],
    ]);
  },
  reader: openTimmReader,
};

// --- internal ---

function networkOf({ experiment: { model, data } }: TrainedModel): TimmNetwork {
  const match = timmNetworkOf(model, data.inputSize);
  if ('network' in match) return match.network;
  throw badInput(
    'E_EXPORT_TIMM',
    match.reasons.map(({ where, what }, i) => ({
      what: `timm has no network that computes this one: ${what}`,
      where,
      try:
        i === match.reasons.length - 1
          ? '--format safetensors, which has every network for PyTorch'
          : undefined,
    })),
  );
}

function tensorsOf(
  { experiment, weights, design }: TrainedModel,
  { epsilon }: TimmNetwork,
): Map<string, StoredTensor> {
  const names = timmNames(experiment.model)!;
  const built = design().build((shape) => zeros([...shape]), 'names');
  const own = ownWeightsOf(built);
  built.dispose();
  // What their batch norms add to the variance is not what ours add; their sum is to be the same.
  const shift = (experiment.model as { batchNorm: { epsilon: number } }).batchNorm.epsilon - epsilon;
  return new Map(
    own.map((weight) => {
      const { data } = weights.get(weight.name)!;
      const values =
        weight.part === 'moving_variance' && shift !== 0 ? data.map((variance) => variance + shift) : data;
      return [names.nameOf(weight)!, { dtype: 'F32' as const, ...names.convention.to(weight, values) }];
    }),
  );
}

/** timm's description of a model; its keys are those of `timm.models.PretrainedCfg`. */
function configOf({ experiment, classes, origin }: TrainedModel, network: TimmNetwork): object {
  const { data, augment } = experiment;
  const { mean, deviation } = normalizationConstants[augment.normalize];
  return {
    architecture: network.architecture,
    num_classes: classes.length,
    label_names: classes,
    // timm has no such key, and looks at none that it does not know here.
    involve: { ...origin },
    model_args: network.args,
    pretrained_cfg: {
      num_classes: classes.length,
      input_size: [3, data.inputSize, data.inputSize],
      fixed_input_size: false,
      interpolation: 'lanczos',
      crop_pct: data.resize === 'crop' ? data.cropFraction : 1,
      crop_mode: { squeeze: 'squash', crop: 'center', pad: 'border' }[data.resize],
      mean,
      std: deviation,
      first_conv: network.firstConv,
      classifier: network.classifier,
    },
  };
}
