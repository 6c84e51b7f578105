/**
 * The one place that names the tf.js packages for the layers, models and training code: what they
 * import from here is the same module instance on every engine.
 */
export * from '@tensorflow/tfjs-core';
export {
  LayersModel,
  SymbolicTensor,
  initializers,
  input,
  layers,
  model,
  type Shape as LayerShape,
} from '@tensorflow/tfjs-layers';
