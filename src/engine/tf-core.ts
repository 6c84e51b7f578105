/**
 * tfjs-core, for what makes up the engines. It stands apart from `tf.ts` because that one mends gradients of tf.js,
 * which are made of our kernels, which are made of this; and because who calls kernels alone (benchmarks of them, the
 * trial of a TensorFlow that was just installed) need not load tfjs-layers.
 */
export * from '@tensorflow/tfjs-core';
