import type { BatchNormSettings } from '../../layers/batch-norm.js';
import type { BatchNormOptions } from '../../layers/batch-norm.js';
import type { ActivationOptions } from '../../layers/activation.js';
import type { ChannelSliceOptions } from '../../layers/channel-slice.js';
import { windowOf, type ConvolutionOptions } from '../../layers/convolution.js';
import type { DenseOptions } from '../../layers/dense.js';
import type { DepthwiseConvolutionOptions } from '../../layers/depthwise-convolution.js';
import type { DropoutOptions } from '../../layers/dropout.js';
import type { MaxPoolingOptions } from '../../layers/max-pooling.js';
import type { AdaptiveAveragePoolingOptions, AveragePoolingOptions } from '../../layers/pooling.js';
import type { ResizingOptions } from '../../layers/resizing.js';
import type { UpsamplingOptions } from '../../layers/upsampling.js';
import type { WhiteningConvolutionOptions } from '../../layers/whitening-convolution.js';
import type { AxialAttentionOptions, AxialPositions } from '../../operators/axial-attention/layer.js';
import type { SegmentedConvolutionOptions } from '../../operators/depthwise-separable/layer.js';
import type { GlobalSelfAttentionOptions } from '../../operators/global-attention/layer.js';
import type { InvolutionOptions } from '../../operators/involution/layer.js';
import type { RelationalInvolutionOptions } from '../../operators/involution/relational.js';
import type { LocalSelfAttentionOptions } from '../../operators/local-attention/layer.js';
import type { AttentionStemOptions } from '../../operators/local-attention/stem.js';
import type { LocalRelationOptions } from '../../operators/local-relation/layer.js';
import type { OctaveConvolutionOptions } from '../../operators/octconv/layer.js';
import type { SelfAttentionOptions } from '../../operators/san/layer.js';
import type { SqueezeExciteOptions } from '../../operators/squeeze-excite/layer.js';
import { pythonCall, type PythonValue } from './python.js';

/** The options of each layer, by its class's name. */
interface LayerOptions {
  Convolution: ConvolutionOptions;
  DepthwiseConvolution: DepthwiseConvolutionOptions;
  WhiteningConvolution: WhiteningConvolutionOptions;
  SegmentedConvolution: SegmentedConvolutionOptions;
  Dense: DenseOptions;
  BatchNorm: BatchNormOptions;
  ActivationFunction: ActivationOptions;
  AddBranches: object;
  ConcatenateBranches: object;
  ChannelSlice: ChannelSliceOptions;
  SeededDropoutLayer: DropoutOptions;
  MaxPooling: MaxPoolingOptions;
  WindowAveragePooling: AveragePoolingOptions;
  GlobalAveragePooling: object;
  AdaptiveAveragePooling: AdaptiveAveragePoolingOptions;
  NearestUpsampling: UpsamplingOptions;
  Resizing: ResizingOptions;
  SqueezeExcite: SqueezeExciteOptions;
  Involution: InvolutionOptions;
  RelationalInvolution: RelationalInvolutionOptions;
  OctaveConvolution: OctaveConvolutionOptions;
  LocalSelfAttention: LocalSelfAttentionOptions;
  AttentionStem: AttentionStemOptions;
  BlockMaxPooling: object;
  LocalRelation: LocalRelationOptions;
  GlobalSelfAttention: GlobalSelfAttentionOptions;
  AxialAttention: AxialAttentionOptions;
  SelfAttentionModule: SelfAttentionOptions;
}

type LayerClass = keyof LayerOptions;

/** @param channels of the inputs, in their order */
type Call<O> = (options: O, channels: readonly number[]) => string;

/** How each layer is made in PyTorch, by the classes of `modules/`; a line a layer. */
const calls: { readonly [C in LayerClass]: Call<Readonly<Required<LayerOptions[C]>>> } = {
  Convolution: ({ filters, kernelSize, stride, padding, dilation, useBias }, [channels]) =>
    pythonCall('Convolution', [channels, filters, plain(kernelSize)], {
      stride: unless(1, stride),
      // A dilated one keeps the size, by whichever padding.
      padding: dilation > 1 ? undefined : unless('same', padding),
      dilation: unless(1, dilation),
      bias: unless(false, useBias),
    }),
  DepthwiseConvolution: ({ kernelSize, stride, dilation }, [channels]) =>
    depthwise(channels, channels, kernelSize, stride, dilation),
  WhiteningConvolution: ({ kernelSize, stride }, [channels]) =>
    pythonCall('Convolution', [channels, 2 * kernelSize ** 2 * channels, kernelSize], {
      stride: unless(1, stride),
      padding: 'valid',
      bias: true,
    }),
  SegmentedConvolution: ({ filters, kernelSize, segments, stride, dilation }, [channels]) => {
    if (segments === 'channels' || segments === channels) {
      return depthwise(channels, filters, plain(kernelSize), stride, dilation);
    }
    const named = { stride: unless(1, stride), dilation: unless(1, dilation) };
    const given = [channels, filters, plain(kernelSize)];
    return segments === 1
      ? pythonCall('Convolution', given, named)
      : pythonCall('SegmentedConvolution', [...given, segments], named);
  },
  Dense: ({ units }, [channels]) => pythonCall('nn.Linear', [channels, units]),
  BatchNorm: ({ activation, useScale }, [channels]) =>
    pythonCall('BatchNorm', [channels, ...(activation === 'none' ? [] : [activation])], {
      scale: unless(true, useScale ?? true),
    }),
  ActivationFunction: ({ activation }) => pythonCall('Activation', [activation]),
  AddBranches: () => 'Add()',
  ConcatenateBranches: () => 'Concatenate()',
  ChannelSlice: ({ begin, size }) => pythonCall('ChannelSlice', [begin, size]),
  // A rate that follows the training is the one that it ends with.
  SeededDropoutLayer: ({ rate, perSample }) =>
    pythonCall(perSample ? 'DropPath' : 'nn.Dropout', [typeof rate === 'number' ? rate : rate.to]),
  MaxPooling: ({ size, stride, padding }) => pythonCall('MaxPooling', [size, stride, padding]),
  WindowAveragePooling: ({ size, stride }) => pythonCall('AveragePooling', [size, stride]),
  GlobalAveragePooling: () => 'GlobalAveragePooling()',
  AdaptiveAveragePooling: ({ bins }) => pythonCall('nn.AdaptiveAvgPool2d', [bins]),
  NearestUpsampling: ({ height, width }) => pythonCall('Upsampling', [height, width]),
  Resizing: ({ interpolation }) => pythonCall('Resizing', [interpolation]),
  SqueezeExcite: ({ squeezed, activation }, [channels]) =>
    pythonCall('SqueezeExcite', [channels, squeezed], { activation: unless('swish', activation) }),
  Involution: (
    { generator, kernelBound, groups, reductionRatio, kernelSize, stride, dilation },
    [channels],
  ) =>
    pythonCall('Involution', [channels], {
      ...{ groups, reductionRatio, kernelSize },
      stride: unless(1, stride),
      dilation: unless(1, dilation),
      generator: unless('paper', generator),
      bound: unless('none', kernelBound),
    }),
  RelationalInvolution: ({ generation, groups, reductionRatio, kernelSize, stride, dilation }, [channels]) =>
    pythonCall('RelationalInvolution', [channels, generation], {
      ...{ groups, reductionRatio, kernelSize },
      stride: unless(1, stride),
      dilation: unless(1, dilation),
    }),
  OctaveConvolution: ({ from, to, filters, kernelSize, groups, lowSize }, channels) => {
    const parts = Object.fromEntries(from.map((part, i) => [part, channels[i]]));
    return pythonCall('OctaveConvolution', [parts, to, filters, plain(kernelSize)], {
      groups: unless(1, groups),
      lowSize: unless('half', lowSize),
    });
  },
  LocalSelfAttention: ({ heads, kernelSize, stride, dilation, relation, position, padding }, [channels]) =>
    pythonCall('LocalSelfAttention', [channels], {
      ...{ heads, kernelSize },
      stride: unless(1, stride),
      dilation: unless(1, dilation),
      relation: unless('dot', relation),
      position: unless('relative', position),
      padding: unless('mask', padding),
    }),
  AttentionStem: ({ filters, heads, mixtures, embedding }, [channels]) =>
    pythonCall('AttentionStem', [channels, filters], { heads, mixtures, embedding }),
  BlockMaxPooling: () => 'BlockMaxPooling()',
  LocalRelation: ({ channelsPerGroup, kernelSize, relation, stride, dilation, geometryPrior }, [channels]) =>
    pythonCall('LocalRelation', [channels], {
      ...{ channelsPerGroup, kernelSize, relation },
      stride: unless(1, stride),
      dilation: unless(1, dilation),
      geometryPrior: unless(true, geometryPrior),
    }),
  GlobalSelfAttention: ({ heads, height, width, position, stride }, [channels]) =>
    pythonCall('GlobalSelfAttention', [channels], {
      ...{ heads, height, width },
      position: unless('relative', position),
      stride: unless(1, stride),
    }),
  AxialAttention: ({ axis, length, span, tableSpan, heads, positions, stride }, [channels]) =>
    pythonCall('AxialAttention', [channels, axis], {
      ...{ length, heads },
      positions: (['query', 'key', 'value'] satisfies (keyof AxialPositions)[]).filter(
        (name) => positions[name],
      ),
      span: unless(null, span),
      tableSpan: unless(null, tableSpan),
      stride: unless(1, stride),
    }),
  SelfAttentionModule: (options, [channels]) => {
    const { filters, share, relationChannels, kernelSize, type, relation, mapping, stride } = options;
    return pythonCall('SelfAttentionModule', [channels, filters], {
      ...{ share, relationChannels, kernelSize, type, relation, mapping },
      position: unless(false, type === 'pairwise' && options.position),
      stride: unless(1, stride ?? 1),
    });
  },
};

/** A layer as the blueprint has it. */
interface DesignedLayer {
  getClassName(): string;
  getConfig(): unknown;
}

/**
 * The call that makes a layer in PyTorch: `Convolution(3, 32, 3, stride=2)`.
 * @param channels of the inputs, in their order
 */
export function layerCall(layer: DesignedLayer, channels: readonly number[]): string {
  const name = layer.getClassName();
  if (!Object.hasOwn(calls, name)) throw new Error(`no module of PyTorch computes what layer ${name} does`);
  // Each takes the options of its own class, which TypeScript cannot see through the lookup.
  return (calls[name as LayerClass] as Call<unknown>)(layer.getConfig(), channels);
}

/** What a layer's batch norm, or the one inside of it, adds to variances and keeps of its statistics; if it has one. */
export function normSettingsOf(layer: DesignedLayer): BatchNormSettings | undefined {
  const options = layer.getConfig() as Partial<BatchNormSettings> & {
    readonly batchNorm?: BatchNormSettings;
  };
  const { epsilon, momentum } = options.batchNorm ?? options;
  return epsilon === undefined || momentum === undefined ? undefined : { epsilon, momentum };
}

// --- internal ---

/** What is as usual is not said. */
function unless<V extends PythonValue>(usual: V, value: V): V | undefined {
  return value === usual ? undefined : value;
}

/** A square window as the length of its side. */
function plain(kernelSize: ConvolutionOptions['kernelSize']): PythonValue {
  const [height, width] = windowOf(kernelSize);
  return height === width ? height : [height, width];
}

function depthwise(
  channels: number,
  filters: number,
  kernelSize: PythonValue,
  stride: number,
  dilation: number,
): string {
  return pythonCall('Convolution', [channels, filters, kernelSize], {
    stride: unless(1, stride),
    dilation: unless(1, dilation),
    groups: channels,
  });
}
