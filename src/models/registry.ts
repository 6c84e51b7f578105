import type { ModelConfig } from './options.js';
import { Blueprint } from '../layers/blueprint.js';
import { operatorOf, operators } from '../operators/index.js';
import type { OperatorConfig } from '../operators/options.js';
import type { TheoreticalShare } from '../operators/operator.js';
import type { Features } from './features.js';
import { badInput } from '../util/errors.js';
import { airbench } from './airbench/network.js';
import { axialDeeplab } from './axial-deeplab/network.js';
import { axialResNet } from './axial-resnet/network.js';
import { efficientnet } from './efficientnet/network.js';
import { inceptionV3 } from './inception-v3/network.js';
import { withOutputStride } from './output-stride.js';
import { octconvArticle, octconvArticleShare } from './octconv-article/network.js';
import { rednet } from './rednet/network.js';
import { resnet } from './resnet/network.js';
import { semanticFpn } from './semantic-fpn/network.js';
import { upernet } from './upernet/network.js';
import { wideResNet, wideResNetShare } from './wide-resnet/network.js';
import { xception } from './xception/network.js';
import { san } from './san/network.js';
import { lrNet } from './lr-net/network.js';
import { sasaResnet } from './sasa-resnet/network.js';

type Family = ModelConfig['family'];
/** A family's own options, without those that all have. */
type ConfigOf<F extends Family> = Omit<Extract<ModelConfig, { readonly family: F }>, keyof Dense>;
type Dense = Pick<ModelConfig, 'outputStride' | 'decoder'>;

/** How a family is built; a line a family. */
interface FamilyDeclaration<Config> {
  /** Adds the network's layers. */
  readonly network: (net: Blueprint, config: Config) => Features;
  /** What theory says of a network that has its operator in more places than a slot. */
  readonly share?: (config: Config) => TheoreticalShare<Config> | undefined;
}
const families: { readonly [F in Family]: FamilyDeclaration<ConfigOf<F>> } = {
  efficientnet: { network: efficientnet },
  rednet: { network: rednet },
  resnet: { network: resnet },
  'octconv-article': { network: octconvArticle, share: octconvArticleShare },
  'wide-resnet': { network: wideResNet, share: wideResNetShare },
  xception: { network: xception },
  'inception-v3': { network: inceptionV3 },
  san: { network: san },
  'axial-resnet': { network: axialResNet },
  'lr-net': { network: lrNet },
  'sasa-resnet': { network: sasaResnet },
  airbench: { network: airbench },
};

/** Each declaration takes the config of its own family, which TypeScript cannot see through the lookup. */
function familyOf({ family }: ModelConfig): FamilyDeclaration<ModelConfig> {
  return families[family] as unknown as FamilyDeclaration<ModelConfig>;
}

/** Height and width of images, as one number where they are square. */
export type InputSize = number | readonly [height: number, width: number];

/** A network without a head: what it is made of, and what it makes of an image. */
export interface Network {
  readonly net: Blueprint;
  readonly features: Features;
}

/**
 * The network of a config as a blueprint: layers and shapes, no weights yet.
 * @param inputSize of the images
 * @throws InvolveError when options do not fit together
 */
export function designFeatures(config: ModelConfig, inputSize: InputSize): Network {
  const [height, width] = typeof inputSize === 'number' ? [inputSize, inputSize] : inputSize;
  const { outputStride, decoder } = config;
  if (outputStride !== null) refuseRigid(config);
  const net = new Blueprint([height, width, 3]);
  const family = (): Features => familyOf(config).network(net, config);
  const features = outputStride === null ? family() : withOutputStride(net, outputStride, family);
  return { net, features: decoder === null ? features : decoded(net, features, decoder) };
}

function decoded(net: Blueprint, features: Features, decoder: NonNullable<Dense['decoder']>): Features {
  switch (decoder.type) {
    case 'semantic-fpn':
      return semanticFpn(net, features, decoder);
    case 'axial-deeplab':
      return axialDeeplab(net, features, decoder);
    case 'upernet':
      return upernet(net, features, decoder);
  }
}

/** The slots of a family by their keys. */
const SLOTS = ['spatial', 'attention'] as const;

/**
 * What theory says of a config's network beside the one without its idea: of the family as a whole, or of the first
 * slot that has such an operator. Undefined where there is none.
 */
export function theoreticalShare(config: ModelConfig): TheoreticalShare<ModelConfig> | undefined {
  const whole = familyOf(config).share?.(config);
  if (whole) return { ...whole, plain: { ...config, ...whole.plain } };
  const slots = config as Readonly<Partial<Record<(typeof SLOTS)[number], unknown>>>;
  for (const key of SLOTS) {
    const operator = slots[key];
    const share = isOperator(operator) ? operatorOf(operator).share?.(operator) : undefined;
    if (share) return { ...share, plain: { ...config, [key]: share.plain } as ModelConfig };
  }
  return undefined;
}

/** An output stride is for operators whose windows can be spread. */
function refuseRigid(config: ModelConfig): void {
  const slots = config as Readonly<Partial<Record<(typeof SLOTS)[number], unknown>>>;
  for (const key of SLOTS) {
    const operator = slots[key];
    if (!isOperator(operator) || operatorOf(operator).canDilate !== false) continue;
    throw badInput('E_LAYER_OPTIONS', {
      what: `an output stride spreads the windows of what follows, which ${operator.type} cannot`,
      where: `model.${key}.type`,
      try: '--set model.outputStride=null, or another operator',
    });
  }
}

function isOperator(value: unknown): value is OperatorConfig {
  return (
    typeof value === 'object' && value !== null && Object.hasOwn(operators, (value as { type: string }).type)
  );
}
