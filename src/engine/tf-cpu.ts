/**
 * tf.js's CPU backend and, by loading, its kernels: the reference engine is made of it and the wasm engine falls back
 * on it. Apart from `tf-core.ts`, since the TensorFlow engine computes nothing with it.
 */
export { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
