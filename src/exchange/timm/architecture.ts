import type { ModelConfig } from '../../models/options.js';
import type { EfficientNetConfig } from '../../models/efficientnet/options.js';
import type { ResNetConfig } from '../../models/resnet/options.js';
import type { XceptionConfig } from '../../models/xception/options.js';
import { windowedLength } from '../../layers/convolution.js';

/** A network of timm's that computes what one of ours does. */
export interface TimmNetwork {
  /** What `timm.create_model` calls it. */
  readonly architecture: string;
  /** What it is to be told beside. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Of its batch norms. */
  readonly epsilon: number;
  readonly firstConv: string;
  readonly classifier: string;
}

/** A network of timm's, or why it has none: a config path and a reason each. */
export type TimmMatch =
  | { readonly network: TimmNetwork }
  | { readonly reasons: readonly { readonly where: string; readonly what: string }[] };

/**
 * Finds the network of timm that computes what the network of a config does, bit for bit but for rounding.
 * @param inputSize height and width of the images, on which the padding of poolings may depend
 */
export function timmNetworkOf(config: ModelConfig, inputSize: number): TimmMatch {
  switch (config.family) {
    case 'efficientnet':
      return ofEfficientNet(config);
    case 'resnet':
      return ofResNet(config);
    case 'xception':
      return ofXception(config, inputSize);
    case 'inception-v3':
      return no(
        'model.family',
        'timm’s inception_v3 counts the border in its average pooling, and this network leaves it out',
      );
    default:
      return no('model.family', `timm has no network such as ${config.family}`);
  }
}

// --- internal ---

type Reason = readonly [key: string, isOther: boolean, what: string];

function no(where: string, what: string): TimmMatch {
  return { reasons: [{ where, what }] };
}

/** The network, unless something is other there than in timm's. */
function unless(reasons: readonly Reason[], network: TimmNetwork): TimmMatch {
  const found = reasons.filter(([, isOther]) => isOther);
  if (found.length === 0) return { network };
  return { reasons: found.map(([key, , what]) => ({ where: `model.${key}`, what })) };
}

function ofEfficientNet(config: EfficientNetConfig): TimmMatch {
  const { variant, attention, removeStages, depthwiseKernel, batchNorm } = config;
  const isSqueeze = attention.type === 'se' && attention.reductionRatio === 4;
  return unless(
    [
      ['variant', variant === 'blog-b4', 'timm’s widths are multiples of 8'],
      ['attention', !isSqueeze, 'timm’s blocks have squeeze-and-excitation with a ratio of 4'],
      ['removeStages', removeStages.length > 0, 'timm’s network has all stages'],
      ['depthwiseKernel', depthwiseKernel !== null, 'timm’s depthwise kernels are those of the paper'],
    ],
    {
      architecture: `tf_efficientnet_${variant}`,
      args: { bn_eps: batchNorm.epsilon, bn_momentum: rounded(1 - batchNorm.momentum) },
      epsilon: batchNorm.epsilon,
      firstConv: 'conv_stem',
      classifier: 'classifier',
    },
  );
}

const LAYERS: Readonly<Record<number, readonly number[]>> = { 26: [1, 2, 4, 1], 38: [2, 3, 5, 2] };

function ofResNet(config: ResNetConfig): TimmMatch {
  const { depth, blocks, stem, width, spatial, spatialStages, attention } = config;
  const isPlain = spatialStages.length === 0 || (spatial.type === 'conv' && spatial.kernelSize === 3);
  const isSqueeze = attention.type === 'se' && attention.reductionRatio === 16;
  const layers = blocks ?? LAYERS[depth];
  return unless(
    [
      ['stem', stem !== 'imagenet', 'timm’s stem is a 7×7 convolution at stride 2 with max pooling'],
      ['width', width !== 64, 'timm’s first stage is 64 wide'],
      ['spatial', !isPlain, `timm’s bottlenecks have 3×3 convolutions, and no ${spatial.type}`],
      [
        'attention',
        attention.type !== 'none' && !isSqueeze,
        'timm’s blocks have none, or squeeze-and-excitation with a ratio of 16',
      ],
    ],
    {
      architecture: `${isSqueeze ? 'se' : ''}resnet${layers ? 50 : depth}`,
      args: layers ? { layers: [...layers] } : {},
      epsilon: 1e-5,
      firstConv: 'conv1',
      classifier: 'fc',
    },
  );
}

function ofXception(config: XceptionConfig, inputSize: number): TimmMatch {
  const { stem, width, middleBlocks, residual, spatial, segments, order } = config;
  const { batchNormBetween, betweenDepthwiseAndPointwise, spatiallySeparable } = config;
  const isPlain =
    spatial === null &&
    segments === 'channels' &&
    order === 'depthwise-first' &&
    !batchNormBetween &&
    betweenDepthwiseAndPointwise === 'none' &&
    !spatiallySeparable;
  const even = pooledSides(inputSize).filter((side) => side % 2 === 0);
  const match = unless(
    [
      ['stem', stem !== 'imagenet', 'timm’s stem is at stride 2'],
      ['width', width !== 1, 'timm’s widths are the paper’s'],
      ['middleBlocks', middleBlocks !== 8, 'timm’s middle flow has 8 blocks'],
      ['residual', !residual, 'timm’s blocks have shortcuts'],
      [
        spatial === null ? 'segments' : 'spatial',
        !isPlain,
        'timm’s separable convolutions are depthwise and then pointwise, with nothing between',
      ],
    ],
    {
      architecture: 'legacy_xception',
      args: {},
      epsilon: 1e-5,
      firstConv: 'conv1',
      classifier: 'fc',
    },
  );
  if (even.length === 0 || 'reasons' in match) return match;
  const what = `timm pads max pooling on both sides, and this network as TensorFlow does, which differs for maps with an even side: ${even.join(', ')} at ${inputSize}×${inputSize} images`;
  return no('data.inputSize', what);
}

/** Sides of the maps that go into the four max poolings. */
function pooledSides(inputSize: number): number[] {
  let side = windowedLength(windowedLength(inputSize, 3, 2, 'valid'), 3, 1, 'valid')!;
  return [0, 1, 2, 3].map(() => {
    const into = side;
    side = Math.ceil(side / 2);
    return into;
  });
}

/** Without the last bits of 1 − 0.9. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
