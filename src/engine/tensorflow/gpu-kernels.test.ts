import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openCApi } from './c-api/c-api.js';
import { kernelFor, registeredKernels } from './c-api/registered-kernels.js';
import golden from './gpu-nodes.golden.json' with { type: 'json' };
import { nodeOfText } from './graph/graph-nodes.testing.js';
import { REFUSALS, refusalsIn } from './gpu-refusals.testing.js';
import { findInstallation } from './installation.js';

const PLACES: Readonly<Record<string, string>> = golden;

/** What the layout optimiser puts into a graph, beside constants: tensorflow/core/grappler/optimizers/generic_layout_optimizer_transposer.cc. */
const LAYOUT: readonly (readonly [text: string, label: string])[] = [
  ['Transpose T=float Tperm=int32', ''],
  ['DataFormatVecPermute T=int32', 'host'],
  ['DataFormatDimMap T=int32', 'host'],
];

/** What mixed precision puts in: tensorflow/core/grappler/optimizers/auto_mixed_precision.cc. */
const CASTS = ['Cast DstT=half SrcT=float', 'Cast DstT=float SrcT=half'];

describe('what a GPU is asked to compute', () => {
  it('it has a kernel for: no node of any graph is left to the processor', () => {
    expect(Object.keys(PLACES).length).toBeGreaterThan(60);
    expect(Object.entries(PLACES).filter(([, place]) => !place.startsWith('GPU'))).toEqual([]);
  });

  it('are no operations that TensorFlow refuses there when bits are to repeat, but where those are not to', () => {
    const refused = new Set(REFUSALS.flatMap(({ ops }) => ops));
    const asked = Object.keys(PLACES).map((text) => nodeOfText(text).op);
    expect(asked.filter((op) => refused.has(op)).sort()).toEqual([
      'DepthwiseConv2dNativeBackpropFilter',
      'SoftmaxCrossEntropyWithLogits',
    ]);
  });
});

const cuda = findInstallation('cuda');
const NO_CUDA =
  cuda === null ? 'skipped: no TensorFlow with CUDA here (involve engine install cuda)' : undefined;

describe.skipIf(NO_CUDA)(`the library for CUDA${NO_CUDA ? ` (${NO_CUDA})` : ''}`, () => {
  it('has these kernels for GPUs, without a driver as well', async () => {
    const all = registeredKernels(await openCApi(cuda!.library));
    const ops = new Set(Object.keys(PLACES).map((text) => nodeOfText(text).op));
    const kernels = all.filter(({ op }) => ops.has(op));
    const placeOf = (text: string): string => {
      const { op, types } = nodeOfText(text);
      const kernel = kernelFor(kernels, 'GPU', op, types);
      if (kernel === undefined) return 'host';
      return ['GPU', ...(kernel.onHost.length > 0 ? [`on the host ${kernel.onHost.join(' ')}`] : [])].join(
        ', ',
      );
    };
    const places = Object.fromEntries(Object.keys(PLACES).map((text) => [text, placeOf(text)]));
    expect(places).toEqual(PLACES);
    const added = [...LAYOUT, ...CASTS.map((text) => [text, ''] as const)].filter(([text, label]) => {
      const { op, types } = nodeOfText(text);
      return kernelFor(all, 'GPU', op, types, label) === undefined;
    });
    expect(added).toEqual([]);
  });

  it('refuses these operations when bits are to repeat, and no others', async () => {
    const known = REFUSALS.map(({ words }) => words).sort();
    expect(refusalsIn(await readFile(cuda!.library))).toEqual(known);
  });
});
