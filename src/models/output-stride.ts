import type { Blueprint, Node } from '../layers/blueprint.js';
import type { OperatorLayer } from '../layers/operator-layer.js';
import type { Features } from './features.js';

/** How a map stands to the image. */
interface Scale {
  /** Pixels of the image, along a side, for one of the map. */
  readonly stride: number;
  /** How many times larger the map is than the network would have made it. */
  readonly kept: number;
}

/**
 * A network whose maps are not made smaller than 1/`limit` of the image: every stride beyond it is left out, and the
 * windows of what follows are spread by it, so that each layer sees what it would have seen (Chen et al. 2017, "Rethinking
 * Atrous Convolution for Semantic Image Segmentation", section 3.1). The layer that loses its stride keeps its window, as
 * torchvision's `replace_stride_with_dilation` has it. Weights are the same.
 * @throws InvolveError (exit code 2) where a window cannot be spread
 */
export function withOutputStride(net: Blueprint, limit: number, design: () => Features): Features {
  const scales = new WeakMap<OperatorLayer, Scale>();
  const scaleOf = ({ layer }: Node): Scale => (layer && scales.get(layer)) ?? { stride: 1, kept: 1 };
  const features = net.exchanging((layer, inputs) => {
    const { stride, kept } = scaleOf(inputs[0]!);
    const isKept = stride * layer.stride > limit;
    const placed = isKept || kept > 1 ? layer.dilated(kept) : layer;
    scales.set(
      placed,
      isKept ? { stride, kept: kept * layer.stride } : { stride: stride * layer.stride, kept },
    );
    return placed;
  }, design);
  const maps = features.maps.map((map) => ({ ...map, stride: Math.min(map.stride, limit) }));
  return { ...features, maps };
}
