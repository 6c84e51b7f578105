/**
 * The one place from which layers, models and training code take tf.js: what they import from here is the same module
 * instance on every engine.
 */
export * from './tf-core.js';
export {
  LayersModel,
  SymbolicTensor,
  initializers,
  input,
  layers,
  model,
  type Shape as LayerShape,
} from '@tensorflow/tfjs-layers';
