import { readFile } from 'node:fs/promises';
import type { Numbers } from '../conventions.js';
import { readHdf5, type Hdf5Array } from './hdf5.js';

/** Endings of files that Keras writes. */
export const KERAS_ENDINGS = ['.h5', '.hdf5', '.keras'] as const;

/** Bytes of weights that are read of an archive. */
const MOST_BYTES = 4e9;
const WEIGHTS = 'model.weights.h5';

/**
 * The weights of a file of Keras's, by `<layer>/<weight>` as `weight.path` has it there: `stem_conv/kernel`. It may be
 * what `save_weights` or `save` wrote as `.h5`, which files of keras.applications are too, as `.weights.h5` or as `.keras`.
 * @throws Error where it is none, is damaged, or does not say what its layers are called
 */
export async function readKerasFile(path: string): Promise<ReadonlyMap<string, Numbers>> {
  const bytes = /\.keras$/i.test(path) ? await weightsWithin(path) : await readFile(path);
  const arrays = await readHdf5(bytes);
  const named = arrays.some(({ path }) => path.at(-2) === 'vars') ? byVariables(arrays) : byNames(arrays);
  const tensors = new Map<string, Numbers>();
  for (const [name, { shape, data }] of named) {
    if (tensors.has(name)) throw new Error(`it has two weights ${name}`);
    tensors.set(name, { shape, data });
  }
  if (tensors.size === 0) throw new Error('it has no weights');
  return tensors;
}

// --- internal ---

type Named = [name: string, array: Hdf5Array][];

async function weightsWithin(path: string): Promise<Buffer> {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== WEIGHTS) continue;
      if (entry.uncompressedSize > MOST_BYTES) throw new Error(`its ${WEIGHTS} is too large`);
      const pieces: Buffer[] = [];
      const stream = (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
      for await (const piece of stream) pieces.push(piece);
      return Buffer.concat(pieces);
    }
  } finally {
    zip.close();
  }
  throw new Error(`it has no ${WEIGHTS}`);
}

/**
 * Files before Keras 3, and its `.h5` of whole models: `[model_weights/]stem_conv/stem_conv/kernel:0`; of a network
 * within another one `efficientnetb0/stem_conv/kernel:0`.
 */
function byNames(arrays: readonly Hdf5Array[]): Named {
  const weights = arrays.filter(({ path }) => path.length > 1 && path[0] !== 'optimizer_weights');
  const named = weights.map((array): [string, string, Hdf5Array] => {
    const [layer, weight] = array.path.slice(-2);
    return [layer, weight.replace(/:\d+$/, ''), array];
  });
  const separable = new Set(named.flatMap(([layer, weight]) => (weight === 'pointwise_kernel' ? layer : [])));
  return named.map(([layer, weight, array]) => {
    // What Keras 2 called the kernel of a depthwise convolution.
    const isDepthwise = weight === 'depthwise_kernel' && !separable.has(layer);
    return [`${layer}/${isDepthwise ? 'kernel' : weight}`, array];
  });
}

/** What the variables of a layer are, by the name of its class and their number. */
const VARIABLES: readonly (readonly [of: RegExp, names: Readonly<Record<number, readonly string[]>>])[] = [
  [
    /^batch_normalization/,
    {
      4: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
      3: ['beta', 'moving_mean', 'moving_variance'],
    },
  ],
  [
    /^separable_conv/,
    {
      2: ['depthwise_kernel', 'pointwise_kernel'],
      3: ['depthwise_kernel', 'pointwise_kernel', 'bias'],
    },
  ],
  [/^(conv\d|depthwise_conv|dense)/, { 1: ['kernel'], 2: ['kernel', 'bias'] }],
];

/** Keras 3: `layers/conv2d_1/vars/0`, the group `vars` saying what the layer is called. */
function byVariables(arrays: readonly Hdf5Array[]): Named {
  const layers = new Map<string, Hdf5Array[]>();
  for (const array of arrays) {
    if (array.path.at(-4) !== 'layers' || array.path.at(-2) !== 'vars') continue;
    const group = array.path.slice(0, -2).join('/');
    layers.set(group, [...(layers.get(group) ?? []), array]);
  }
  return [...layers].flatMap(([group, variables]) => {
    const { attributes } = variables[0];
    const kind = group.slice(group.lastIndexOf('/') + 1);
    if (typeof attributes.name !== 'string') throw new Error(`it does not say what layer its ${kind} is`);
    const names = VARIABLES.find(([of]) => of.test(kind))?.[1][variables.length];
    return variables.map((array): [string, Hdf5Array] => {
      const number = array.path.at(-1)!;
      return [`${attributes.name as string}/${names?.[Number(number)] ?? number}`, array];
    });
  });
}
