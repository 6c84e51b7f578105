import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KERNEL_FILES } from '../../engine/wasm/compiled-kernels.js';
import { openWasmEngine } from '../../engine/wasm/engine.js';
import { readKernels } from '../../engine/wasm/loader.js';
import { portableProgram, type PortableProgram } from '../../engine/wasm/portable-program.js';
import { zeros, type Tensor } from '../../engine/tf.js';
import { restoreWeights } from '../../train/state.js';
import type { FileContent } from '../../util/writing/atomic-write.js';
import { badInput } from '../../util/errors.js';
import { packageFile } from '../../util/package-file.js';
import type { ExchangeFormat, FileReader, TrainedModel } from '../format.js';
import type * as browser from './browser/model.js';
import { descriptionOf, descriptionText, FILES, PORTS } from './description.js';
import { PAGE_HTML } from './page-html.js';

/**
 * A folder for browsers: the network as a list of calls of the wasm engine's compiled kernels, recorded as a step of
 * training is, with the kernels, the weights, a module that makes the calls, and a page that uses it.
 */
export const format: ExchangeFormat = {
  write: async (model) => {
    const program = programOf(model);
    if (program.outputs[PORTS.logits].length !== model.classes.length) {
      throw badInput('E_EXPORT_PAGE', {
        what: 'the page says of what class an image is, and this run says something else of an image',
      });
    }
    return new Map<string, FileContent>([
      ['index.html', PAGE_HTML],
      ['page.js', await browserScript('page.js')],
      [FILES.module, await browserScript('model.js')],
      [FILES.description, descriptionText(descriptionOf(model, program))],
      [FILES.weights, program.data.bytes],
      [KERNEL_FILES.relaxed, readKernels('relaxed')],
      [KERNEL_FILES.plain, readKernels('plain')],
    ]);
  },
  reader: async () => openFolder,
};

/** The network of one image: images [1, size, size, 3], normalised → logits. */
export function programOf({ experiment, weights, origin, design }: TrainedModel): PortableProgram {
  const size = experiment.data.inputSize;
  return openWasmEngine({ threads: 1 }).run(() => {
    const model = design().build((shape) => zeros([...shape]), experiment.name);
    try {
      restoreWeights(model, weights, origin.run);
      return portableProgram({
        batch: 1,
        inputs: { [PORTS.images]: { shape: [1, size, size, 3], dtype: 'float32' } },
        phases: [({ images }) => ({ [PORTS.logits]: model.apply(images, { training: false }) as Tensor })],
      });
    } finally {
      model.dispose();
    }
  });
}

// --- internal ---

/** A script of `browser/` as the build has joined it to one module. */
function browserScript(name: string): Promise<string> {
  return readFile(packageFile(`dist/exchange/tfjs/browser/${name}`), 'utf8');
}

/** Runs a written folder by the module that lies in it, as a browser would. */
async function openFolder(path: string): Promise<FileReader> {
  const { loadModel } = (await import(pathToFileURL(join(path, FILES.module)).href)) as typeof browser;
  const model = await loadModel(async (name) => {
    const { buffer, byteOffset, byteLength } = await readFile(join(path, name));
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  });
  return {
    description: 'its own module',
    logits: async (pixels, count) => {
      const length = pixels.length / count;
      const logits = Array.from({ length: count }, (_, i) =>
        model.logits(pixels.subarray(i * length, (i + 1) * length)),
      );
      return Float32Array.from(logits.flatMap((each) => [...each]));
    },
    close: async () => undefined,
  };
}
