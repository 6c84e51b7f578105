import * as tf from '../../tf-core.js';
import { attr, type AttributeValue } from '../attributes.js';
import { executeOp } from '../execute-op.js';

/**
 * oneDNN's softmax and max pooling, called by name.
 *
 * TensorFlow's graphs put oneDNN's kernels in the place of its own, at once executed operations do not: `Softmax` and
 * `MaxPoolGrad` then differ in the last digits between a step that runs operation by operation and its replay.
 * `MaxPoolGradV2` and softmax put together from exponentials are left alone by graphs, but slower, the former many
 * times. So where oneDNN is part of TensorFlow its kernels are named outright, and both ways run the same ones.
 */
const BY_NAME = { _kernel: attr.text('MklNameChangeOp') };
const FLOAT = { T: attr.type('float32') };

/** Softmax over the last axis. */
export function oneDnnSoftmax(logits: tf.TensorInfo): tf.Tensor {
  return executeOp('_MklSoftmax', { ...FLOAT, ...BY_NAME }, [logits], 1)[0];
}

/**
 * The largest of each window, and what the gradient takes to know which that was.
 * @param attributes those of MaxPool
 */
export function oneDnnMaxPool(
  x: tf.TensorInfo,
  attributes: Readonly<Record<string, AttributeValue>>,
): [tf.Tensor, tf.Tensor] {
  const all = { ...attributes, ...BY_NAME, workspace_enabled: attr.bool(true) };
  return executeOp('_MklNativeMaxPool', all, [x], 2) as [tf.Tensor, tf.Tensor];
}

/** The gradient. It pools again, which in a graph is the same node as the first time. */
export function oneDnnMaxPoolGrad(
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
  attributes: Readonly<Record<string, AttributeValue>>,
): tf.Tensor {
  const all = { ...attributes, ...BY_NAME, workspace_enabled: attr.bool(true) };
  const [y, places] = oneDnnMaxPool(x, attributes);
  return executeOp('_MklNativeMaxPoolGrad', all, [x, y, dy, places], 1)[0];
}

/**
 * Whether this TensorFlow has them: on x86-64, in the versions that name them so, unless the user has switched oneDNN
 * off, which leaves graphs as they are. Runs each once; TensorFlow must be the current backend.
 */
export function hasOneDnn(): boolean {
  if (process.arch !== 'x64' || process.env.TF_ENABLE_ONEDNN_OPTS === '0') return false;
  const window = attr.int([1, 2, 2, 1]);
  const attributes = {
    ...FLOAT,
    ksize: window,
    strides: window,
    padding: attr.text('VALID'),
    data_format: attr.text('NHWC'),
  };
  try {
    return tf.tidy(() => {
      const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
      const share = oneDnnSoftmax(tf.tensor2d([[0, 0]])).dataSync();
      const gradient = oneDnnMaxPoolGrad(tf.tensor4d([5], [1, 1, 1, 1]), x, attributes).dataSync();
      return share.join() === '0.5,0.5' && gradient.join() === '0,0,0,5';
    });
  } catch {
    return false;
  }
}
