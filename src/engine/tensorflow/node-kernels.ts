import * as tf from '../tf-core.js';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as util from 'node:util';
import { compileFunction } from 'node:vm';
import { missing } from '../../util/errors.js';
import type { Binding, TensorMetadata } from './binding.js';

/** What tfjs-node's backend keeps of a tensor. */
export interface NodeTensorData {
  readonly shape: number[];
  /** TF_DataType. */
  readonly dtype: number;
  /** The binding's number for it, or −1 as long as `values` wait to be put on the device. */
  id: number;
  values: tf.backend_util.BackendValues | null;
  refCount: number;
}

/** The backend class of tfjs-node 4.22, as far as we use it. */
export interface NodeBackend extends tf.KernelBackend {
  readonly binding: Binding;
  readonly tensorMap: tf.DataStorage<NodeTensorData>;
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  executeMultipleOutputs(
    name: string,
    attributes: readonly unknown[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}
export type NodeBackendClass = new (binding: Binding, packageName: string) => NodeBackend;

/** Name of the backend in tf.js; tfjs-node's kernels look it up by this name. */
export const TENSORFLOW_BACKEND = 'tensorflow';

/**
 * Loads the JavaScript of tfjs-node(-gpu) and registers its kernels with our tfjs-core.
 *
 * Its files are run by a small module loader of ours and not by Node's: their `@tensorflow/tfjs` is the tfjs-core
 * that this program uses, so that there is one tf.js and one set of kernels; `util` has the two functions that
 * Node 23 dropped; and of what only TensorBoard needs nothing is loaded.
 * @param packageDir folder of the unpacked package
 * @throws InvolveError E_ENGINE_BROKEN (exit 3) where files are missing
 */
export function loadNodeKernels(packageDir: string): NodeBackendClass {
  const given: Readonly<Record<string, unknown>> = {
    '@tensorflow/tfjs': tf,
    '@tensorflow/tfjs-core': tf,
    util: { ...util, isNullOrUndefined, isArray: Array.isArray },
    // Messages for TensorBoard: only its summaries would use them.
    './proto/api_pb': {},
  };
  const load = moduleLoader(given);
  const dist = join(packageDir, 'dist');
  const { NodeJSKernelBackend } = load(join(dist, 'nodejs_kernel_backend.js')) as {
    NodeJSKernelBackend: NodeBackendClass;
  };
  load(join(dist, 'register_all_kernels.js'));
  return NodeJSKernelBackend;
}

// --- internal ---

const nodeRequire = createRequire(import.meta.url);

function isNullOrUndefined(value: unknown): boolean {
  return value === null || value === undefined;
}

/** `require` for CommonJS files that get what is `given` before anything else. */
function moduleLoader(given: Readonly<Record<string, unknown>>): (file: string) => unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (file: string): unknown => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const folder = dirname(file);
    const require = (name: string): unknown => {
      if (name in given) return given[name];
      if (!name.startsWith('.')) return nodeRequire(name);
      const path = join(folder, name);
      return load(
        path.endsWith('.js') ? path : existsSync(`${path}.js`) ? `${path}.js` : join(path, 'index.js'),
      );
    };
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
    const run = compileFunction(read(file), parameters, { filename: file }) as (...args: unknown[]) => void;
    run(module.exports, require, module, file, folder);
    return module.exports;
  };
  return load;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw missing(
      'E_ENGINE_BROKEN',
      {
        what: "a file of tfjs-node's JavaScript is missing from the TensorFlow engine",
        where: file,
        try: 'involve engine remove cpu, then involve engine install cpu (cuda likewise)',
      },
      { cause: error },
    );
  }
}
