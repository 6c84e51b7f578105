import { readFileSync } from 'node:fs';
import type { ExchangeFormat, TrainedModel } from '../format.js';
import { packageFile } from '../../util/package-file.js';
import { foldNorms } from './fold-norms.js';
import type { OnnxGraph } from './graph.js';
import { mergeBatches } from './merge-batches.js';
import { metadataOf } from './metadata.js';
import { modelFile } from './model-file.js';
import { loadRuntime, openOnnxFile } from './runtime.js';
import { tidyGraph } from './tidy.js';
import { traceNetwork } from './trace.js';

/**
 * ONNX (opset 17): `images` uint8 [batch, size, size, 3] RGB → `logits` and `probabilities` [batch, classes], or
 * [batch, size, size, classes] where each pixel has a class. The normalisation of pixels is inside, batch norms are folded into convolutions, and all is of standard operators.
 */
export const format: ExchangeFormat = {
  write: async (model) => new Map([['', onnxFile(model)]]),
  reader: async () => {
    const runtime = loadRuntime('--check 0, which writes a file that nobody has read');
    return (path) => openOnnxFile(runtime, path);
  },
};

/** The graph of a network with its weights. */
export function onnxGraph(model: TrainedModel): OnnxGraph {
  const [one, two] = traceNetwork(model, [1, 2]);
  return tidyGraph(foldNorms(mergeBatches(one, two)));
}

// --- internal ---

function onnxFile(model: TrainedModel): readonly Uint8Array[] {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
  return modelFile({
    graph: onnxGraph(model),
    name: model.experiment.name,
    version,
    inputSize: model.experiment.data.inputSize,
    output: model.design().output.shape.slice(1) as number[],
    metadata: metadataOf(model),
  });
}
