import type { z } from 'zod';
import type { Target } from '../../src/data/target.js';
import type { model as modelSchema } from '../../src/models/options.js';
import type { InputSize } from '../../src/models/registry.js';

/** A network that an article has figures of. */
export interface PublishedModel {
  readonly name: string;
  readonly model: z.input<typeof modelSchema>;
  readonly inputSize: InputSize;
  readonly classes: number;
  /** Of each image, if it is left out, or of each of its pixels. */
  readonly target?: Target;
  /** As printed; null where the source says nothing. */
  readonly published: {
    readonly parametersMillions: number | null;
    /** Multiply-adds in 10⁹. */
    readonly gigaMacs: number | null;
    /** That figure takes element-wise work along: batch norm, activations, pooling. */
    readonly countsElementwise?: boolean;
    /** Remembered, and found in no text that could be read. */
    readonly isUnchecked?: boolean;
  };
  readonly source: string;
}

/** A heading of the page with its networks. */
export interface PublishedFamily {
  readonly title: string;
  readonly models: readonly PublishedModel[];
  /** Whether theory of octave convolutions stands beside. */
  readonly theory?: boolean;
}

type Model = PublishedModel['model'];

const imagenet = (
  name: string,
  model: Model,
  parametersMillions: number | null,
  gigaMacs: number | null,
  source: string,
  rest: {
    readonly inputSize?: number;
    readonly countsElementwise?: boolean;
    readonly isUnchecked?: boolean;
  } = {},
): PublishedModel => {
  const { inputSize = 224, ...counting } = rest;
  const published = { parametersMillions, gigaMacs, ...counting };
  return { name, model, inputSize, classes: 1000, published, source };
};

const involution = { type: 'involution', followedBy: 'bn-swish' } as const;
const blog = (name: string, model: Omit<Model & { family: 'efficientnet' }, 'family'>, millions: number) => ({
  ...imagenet(name, { family: 'efficientnet', ...model }, millions, null, 'Fusic 2021'),
  classes: 6,
});

const BOTNET: Model = { family: 'resnet', spatial: { type: 'global-attention' }, spatialStages: [4] };

/** With a span the tables do not grow with the image. */
const AXIAL_DEEPLAB: Model = {
  family: 'axial-resnet',
  outputStride: 16,
  spatial: { type: 'axial-attention', span: 65 },
  decoder: { type: 'axial-deeplab' },
};

/** EfficientNet's variants: input size, parameters and multiply-adds of its paper's table 2. */
const EFFICIENT_NETS = [
  ['b0', 224, 5.3, 0.39],
  ['b1', 240, 7.8, 0.7],
  ['b2', 260, 9.2, 1],
  ['b3', 300, 12, 1.8],
  ['b4', 380, 19, 4.2],
  ['b5', 456, 30, 9.9],
  ['b6', 528, 43, 19],
  ['b7', 600, 66, 37],
] as const;

/** Every network with published figures, in the order of the page. */
export const publishedModels: readonly PublishedFamily[] = [
  {
    title: 'EfficientNet',
    models: EFFICIENT_NETS.map(([variant, inputSize, millions, gigaMacs]) =>
      imagenet(
        ...([`EfficientNet-${variant.toUpperCase()}`, { family: 'efficientnet', variant } as const] as const),
        ...([millions, gigaMacs, 'Tan and Le 2019, table 2', { inputSize }] as const),
      ),
    ),
  },
  {
    title: 'EfficientNet with involution, 6 classes',
    models: [
      blog('exp0', {}, 4),
      blog('exp0-b4', { variant: 'blog-b4' }, 17.2),
      blog('exp1', { attention: { type: 'involution' } }, 5.7),
      blog('exp2', { attention: involution }, 5.7),
      blog('exp3', { attention: involution, removeStages: [7, 8] }, 1.5),
      blog('exp4', { attention: involution, removeStages: [6, 7, 8] }, 0.6),
      blog('exp5', { attention: involution, removeStages: [7, 8], depthwiseKernel: 1 }, 1.4),
    ],
  },
  {
    title: 'ResNet',
    models: [
      imagenet('ResNet-26', { family: 'resnet', depth: 26 }, 13.7, 2.4, 'Zhao et al. 2020', {
        countsElementwise: true,
      }),
      imagenet('ResNet-38', { family: 'resnet', depth: 38 }, 19.6, 3.2, 'Zhao et al. 2020', {
        countsElementwise: true,
      }),
      imagenet('ResNet-50', { family: 'resnet', depth: 50 }, 25.6, 4.1, 'Zhao et al. 2020', {
        countsElementwise: true,
      }),
      imagenet('ResNet-101', { family: 'resnet', depth: 101 }, 44.5, 7.8, 'torchvision'),
      imagenet('ResNet-152', { family: 'resnet', depth: 152 }, 60.2, 11.51, 'torchvision'),
    ],
  },
  {
    title: 'BoTNet',
    models: [
      imagenet('BoTNet-50', BOTNET, 20.8, null, 'Srinivas et al. 2021'),
      imagenet('BoTNet-50, 1024×1024', BOTNET, null, 102.98, 'Srinivas et al. 2021', {
        inputSize: 1024,
        isUnchecked: true,
      }),
    ],
  },
  {
    title: 'RedNet',
    models: (
      [
        [26, 9.23, 1.73],
        [38, 12.39, 2.22],
        [50, 15.54, 2.71],
        [101, 25.65, 4.74],
        [152, 33.99, 6.79],
      ] as const
    ).map(([depth, millions, giga]) =>
      imagenet(`RedNet-${depth}`, { family: 'rednet', depth }, millions, giga, 'Li et al. 2021', {
        countsElementwise: true,
      }),
    ),
  },
  {
    title: 'Xception and Inception V3',
    models: [
      imagenet('Xception', { family: 'xception' }, 22.855952, null, 'Chollet 2017, table 3', {
        inputSize: 299,
      }),
      imagenet(
        'Inception V3',
        { family: 'inception-v3' },
        23.626728,
        5,
        'Chollet 2017; Szegedy et al. 2016',
        {
          inputSize: 299,
        },
      ),
    ],
  },
  {
    title: 'Octave convolution and Wide ResNet, 32×32, 10 classes',
    theory: true,
    models: [
      ...([0, 0.25, 0.5, 0.75] as const).map((alpha) =>
        cifar(
          `the article's network, α = ${alpha}`,
          { family: 'octconv-article', alpha },
          null,
          'koshian2 2019',
        ),
      ),
      cifar('WRN-28-10', { family: 'wide-resnet' }, 36.5, 'Zagoruyko and Komodakis 2016'),
      cifar('WRN-40-4', { family: 'wide-resnet', depth: 40, widen: 4 }, 8.9, 'Zagoruyko and Komodakis 2016'),
      cifar('airbench', { family: 'airbench' }, 1.97, 'Jordan 2024'),
      cifar('WRN-28-10, α = 0.5', { family: 'wide-resnet', alpha: 0.5 }, null, 'none'),
    ],
  },
  {
    title: 'Stand-alone self-attention',
    models: (
      [
        [26, 10.3, 4.5, 4.7],
        [38, 14.1, 5.7, 6.0],
        [50, 18.0, 7.0, 7.2],
      ] as const
    ).flatMap(([depth, millions, flops, flopsOfFull]) => [
      // The paper's FLOPS are two a multiply-add.
      sasa(`SASA-${depth}, convolution stem`, { family: 'sasa-resnet', depth }, millions, flops / 2),
      sasa(
        `SASA-${depth}, full`,
        { family: 'sasa-resnet', depth, stem: 'attention' },
        millions,
        flopsOfFull / 2,
      ),
    ]),
  },
  {
    title: 'Axial attention',
    models: [
      axial('Axial-26 S', { family: 'axial-resnet', depth: 26 }, 5.9, null, 'authors’ repository'),
      axial('Axial-50 S', { family: 'axial-resnet' }, null, 2.8),
      axial(
        'Axial-50 S, 509 positions',
        { family: 'axial-resnet', spatial: { type: 'axial-attention', tableSpan: 255 } },
        12.4,
        2.8,
      ),
      axial('Axial-50 M', { family: 'axial-resnet', scale: 0.75 }, null, null),
      axial('Axial-50 L', { family: 'axial-resnet', scale: 1 }, null, null),
      axial(
        'Axial-50 S, full, 509 positions',
        {
          family: 'axial-resnet',
          stem: 'axial',
          spatial: { type: 'axial-attention', span: 15, tableSpan: 255 },
        },
        12.5,
        3.3,
      ),
    ],
  },
  {
    title: 'Local relation networks',
    models: (
      [
        [26, 14.7, 2.6],
        [50, 23.3, 4.3],
        [101, 42.0, 8.0],
      ] as const
    ).map(([depth, millions, giga]) =>
      imagenet(`LR-Net-${depth}`, { family: 'lr-net', depth }, millions, giga, 'Hu et al. 2019', {
        countsElementwise: true,
        isUnchecked: depth === 101,
      }),
    ),
  },
  {
    title: 'SAN',
    models: (
      [
        [10, 'pairwise', 10.5, 2.2],
        [10, 'patchwise', 11.8, 1.9],
        [15, 'pairwise', 14.1, 3.0],
        [15, 'patchwise', 16.2, 2.6],
        [19, 'pairwise', 17.6, 3.8],
        [19, 'patchwise', 20.5, 3.3],
      ] as const
    ).map(([depth, type, millions, giga]) =>
      imagenet(
        `SAN${depth}, ${type}`,
        { family: 'san', depth, attention: { type } },
        millions,
        giga,
        'Zhao et al. 2020',
        { countsElementwise: true },
      ),
    ),
  },
  {
    title: 'A class of each pixel, 19 classes',
    models: [
      cityscapes('RedNet-50, Semantic FPN', rednet({ type: 'semantic-fpn' }), 18.5, 293.9),
      cityscapes(
        'RedNet-50, Semantic FPN, involution in the neck',
        rednet({ type: 'semantic-fpn', neck: { spatial: { type: 'involution' } } }),
        16.4,
        205.2,
      ),
      cityscapes('RedNet-50, UPerNet', rednet({ type: 'upernet' }), 56.4, 1825.6),
      {
        ...cityscapes('Axial-ResNet-S of span 65, semantic branch', AXIAL_DEEPLAB, null, null),
        source: 'Wang et al. 2020',
      },
    ],
  },
];

// --- internal ---

function rednet(decoder: Model['decoder']): Model {
  return { family: 'rednet', decoder };
}

/** Of a whole image of Cityscapes. */
function cityscapes(
  name: string,
  model: Model,
  millions: number | null,
  giga: number | null,
): PublishedModel {
  return {
    name,
    model,
    inputSize: [1024, 2048],
    classes: 19,
    target: 'mask',
    source: 'Li et al. 2021, repository',
    published: { parametersMillions: millions, gigaMacs: giga, countsElementwise: giga !== null },
  };
}

function cifar(name: string, model: Model, millions: number | null, source: string): PublishedModel {
  return {
    name,
    model,
    inputSize: 32,
    classes: 10,
    source,
    published: { parametersMillions: millions, gigaMacs: null },
  };
}

function sasa(name: string, model: Model, millions: number, giga: number): PublishedModel {
  return imagenet(name, model, millions, giga, 'Ramachandran et al. 2019', { countsElementwise: true });
}

function axial(
  name: string,
  model: Model,
  millions: number | null,
  giga: number | null,
  source = 'Wang et al. 2020',
): PublishedModel {
  return imagenet(name, model, millions, giga, source);
}
