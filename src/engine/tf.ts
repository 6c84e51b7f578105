/**
 * The one place from which layers, models and training code take tf.js: what they import from here is the same module
 * instance on every engine, with gradients that are right.
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
// After tfjs-layers, which registers tf.js's gradients when it loads: ours take their places.
import './tfjs-gradients.js';
