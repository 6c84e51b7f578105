// Opens a TensorFlow as the engine does, multiplies two matrices by it, and says so in a line of JSON. In a process
// of its own: a library that does not fit the machine may end it.
import { writeSync } from 'node:fs';
import { InvolveError } from '../../../util/errors.js';
import * as tf from '../../tf.js';
import { useBackend } from '../../current-backend.js';
import type { TensorflowInstallation } from '../installation.js';
import { TENSORFLOW_BACKEND } from '../node-kernels.js';
import { openTensorflow } from '../open.js';
import type { VerifyAnswer } from './verify.js';

const installation = JSON.parse(process.argv[2]) as TensorflowInstallation;
const answer = await verify().catch(problemOf);
// To the parent, which reads the last line; whatever a library has printed stands above.
writeSync(1, `\n${JSON.stringify(answer)}\n`);

async function verify(): Promise<VerifyAnswer> {
  const { version, device } = await openTensorflow({
    installation,
    threads: 1,
    useGpu: true,
    customOps: false,
    deterministic: false,
    softPlacement: false,
    mixedPrecision: false,
    layoutOptimizer: false,
  });
  useBackend(TENSORFLOW_BACKEND);
  const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]));
  const [value] = await product.data();
  if (value !== 11) throw new Error(`TensorFlow multiplied [1 2] and [3 4]ᵀ to ${value}`);
  const isGpu = device.type === 'GPU';
  return {
    verified: {
      version,
      device: isGpu ? 'GPU' : 'CPU',
      gpuMemoryBytes: isGpu ? device.memoryBytes : null,
    },
  };
}

function problemOf(error: unknown): VerifyAnswer {
  if (error instanceof InvolveError) {
    return { error: { code: error.code, problems: error.problems } };
  }
  const what = `TensorFlow loads, but does not compute: ${(error as Error).message.split('\n')[0]}`;
  return { error: { code: 'E_TENSORFLOW_BROKEN', problems: [{ what, where: installation.library }] } };
}
