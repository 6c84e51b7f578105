import type { ModelConfig } from './options.js';
import { Blueprint } from '../layers/blueprint.js';
import { operatorOf, operators } from '../operators/index.js';
import type { OperatorConfig } from '../operators/options.js';
import type { TheoreticalShare } from '../operators/operator.js';
import type { Features } from './features.js';
import { airbench } from './airbench/network.js';
import { axialResNet } from './axial-resnet/network.js';
import { efficientnet } from './efficientnet/network.js';
import { inceptionV3 } from './inception-v3/network.js';
import { octconvArticle, octconvArticleShare } from './octconv-article/network.js';
import { rednet } from './rednet/network.js';
import { resnet } from './resnet/network.js';
import { wideResNet, wideResNetShare } from './wide-resnet/network.js';
import { xception } from './xception/network.js';
import { san } from './san/network.js';
import { lrNet } from './lr-net/network.js';
import { sasaResnet } from './sasa-resnet/network.js';

type Family = ModelConfig['family'];
type ConfigOf<F extends Family> = Extract<ModelConfig, { readonly family: F }>;

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

/** A network without a head: what it is made of, and what it makes of an image. */
export interface Network {
  readonly net: Blueprint;
  readonly features: Features;
}

/**
 * The network of a config as a blueprint: layers and shapes, no weights yet.
 * @param inputSize height and width of the images
 * @throws InvolveError when options do not fit together
 */
export function designFeatures(config: ModelConfig, inputSize: number): Network {
  const net = new Blueprint([inputSize, inputSize, 3]);
  return { net, features: familyOf(config).network(net, config) };
}

/** The slots of a family by their keys. */
const SLOTS = ['spatial', 'attention'] as const;

/**
 * What theory says of a config's network beside the one without its idea: of the family as a whole, or of the first
 * slot that has such an operator. Undefined where there is none.
 */
export function theoreticalShare(config: ModelConfig): TheoreticalShare<ModelConfig> | undefined {
  const whole = familyOf(config).share?.(config);
  if (whole) return whole;
  const slots = config as Readonly<Partial<Record<(typeof SLOTS)[number], unknown>>>;
  for (const key of SLOTS) {
    const operator = slots[key];
    const share = isOperator(operator) ? operatorOf(operator).share?.(operator) : undefined;
    if (share) return { ...share, plain: { ...config, [key]: share.plain } as ModelConfig };
  }
  return undefined;
}

function isOperator(value: unknown): value is OperatorConfig {
  return (
    typeof value === 'object' && value !== null && Object.hasOwn(operators, (value as { type: string }).type)
  );
}
