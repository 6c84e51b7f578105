import { normalizationTable, normalize } from '../../../data/augment/normalize.js';
import { centreBox, cutOut, fitOf, fittedSize, padded } from '../../../data/fit.js';
import { KERNEL_FILES, RELAXED_PROBE, WORK_COUNTER_WORD } from '../../../engine/wasm/compiled-kernels.js';
import { rankClasses, type RankedClass } from '../../../tasks/classification/prediction.js';
import { FILES, type Description, type WrittenCall } from '../description.js';
import { resize, type Picture } from './resize.js';

/** Pixels as a canvas gives them: RGBA bytes, row by row. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** Reads a file of the folder. */
export type ReadFile = (name: string) => Promise<ArrayBuffer>;

type Routine = (thread: number, items: number, ...args: number[]) => void;

/** Fetches a file that lies beside this module. */
async function fetchBeside(name: string): Promise<ArrayBuffer> {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}

/**
 * Loads the network of the folder in which this module lies, or of another one by `read`:
 *
 *   import { loadModel } from './model.js';
 *   const model = await loadModel();
 *   const [{ name, probability }] = model.classify(imageData);
 *
 * Nothing else is needed, and images stay where they are.
 */
export async function loadModel(read: ReadFile = fetchBeside): Promise<Model> {
  const kernels = WebAssembly.validate(RELAXED_PROBE) ? KERNEL_FILES.relaxed : KERNEL_FILES.plain;
  const [text, weights, code] = await Promise.all([FILES.description, FILES.weights, kernels].map(read));
  const description = JSON.parse(new TextDecoder().decode(text)) as Description;
  const { memoryBytes, weights: place } = description.program;
  if (weights.byteLength !== place.bytes)
    throw new Error(`${FILES.weights} has ${weights.byteLength} bytes, and ${place.bytes} are expected`);
  // Shared as the kernels declare it, though one thread works here; at least as long as they ask for.
  const pages = Math.max(16, Math.ceil(memoryBytes / 65536));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  new Uint8Array(memory.buffer).set(new Uint8Array(weights), place.address);
  const abort = (): never => {
    throw new Error('a kernel gave up');
  };
  const { instance } = await WebAssembly.instantiate(code, { env: { memory, abort } });
  return new Model(description, memory, instance.exports as Record<string, Routine>);
}

/** A network that is ready to be asked. */
export class Model {
  readonly name: string;
  readonly classes: readonly string[];
  /** Width and height of the images that it sees. */
  readonly inputSize: number;
  readonly #description: Description;
  readonly #table: Float32Array;
  readonly #images: Float32Array;
  readonly #logits: Float32Array;
  readonly #counter: Int32Array;
  readonly #calls: readonly (() => void)[];

  constructor(
    description: Description,
    memory: WebAssembly.Memory,
    routines: Readonly<Record<string, Routine>>,
  ) {
    const { name, classes, preprocessing, program } = description;
    this.#description = description;
    this.name = name;
    this.classes = classes;
    this.inputSize = preprocessing.inputSize;
    this.#table = normalizationTable(preprocessing.normalize);
    this.#images = new Float32Array(memory.buffer, program.images.address, program.images.length);
    this.#logits = new Float32Array(memory.buffer, program.logits.address, program.logits.length);
    this.#counter = new Int32Array(memory.buffer);
    const bound = ([routine, ...args]: WrittenCall): (() => void) => {
      const run = routines[program.routines[routine]];
      return () => run(0, ...(args as [number, ...number[]]));
    };
    this.#run(program.setUp.map(bound));
    this.#calls = program.calls.map(bound);
  }

  /** The classes of an image by falling probability. */
  classify(image: RgbaImage, top = this.classes.length): RankedClass[] {
    return rankClasses(this.logits(this.pixelsOf(image)), this.classes, top);
  }

  /** What the network sees of an image: RGB bytes [size, size, 3]. Transparency is put on white. */
  pixelsOf({ width, height, data }: RgbaImage): Uint8Array {
    const pixels = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) {
      const alpha = data[4 * i + 3] / 255;
      for (let c = 0; c < 3; c++) pixels[3 * i + c] = data[4 * i + c] * alpha + 255 * (1 - alpha);
    }
    return this.#fitted({ width, height, pixels });
  }

  /** @param pixels RGB bytes [size, size, 3] @returns a number for each class */
  logits(pixels: Uint8Array): Float32Array {
    const { length } = this.#images;
    if (pixels.length !== length) throw new RangeError(`${pixels.length} values in the place of ${length}`);
    normalize(pixels, length, this.#table, this.#images, 0);
    this.#run(this.#calls);
    // A copy, in memory that is not shared.
    return Float32Array.from(this.#logits);
  }

  #run(calls: readonly (() => void)[]): void {
    for (const call of calls) {
      // From here the threads of a routine take their next piece of work.
      this.#counter[WORK_COUNTER_WORD] = 0;
      call();
    }
  }

  #fitted(picture: Picture): Uint8Array {
    const { preprocessing } = this.#description;
    const size = this.inputSize;
    const fit = fitOf(preprocessing);
    const { width, height } = fittedSize(picture, fit, size);
    const resized = resize(picture, width, height);
    if (fit.kind === 'squeeze') return resized.pixels;
    const out = new Uint8Array(size * size * 3);
    if (fit.kind === 'pad') padded(resized.pixels, resized, out, size);
    else cutOut(resized.pixels, width, centreBox(resized, size), out);
    return out;
  }
}
