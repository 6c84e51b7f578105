import { spawn, spawnSync } from 'node:child_process';
import { missing, runFailed } from '../util/errors.js';
import { withHome } from '../util/home-path.js';
import type { FileReader } from './format.js';

/** How a format's folder is read by a library of Python's. */
export interface PythonReading {
  /** What Python must have; the first is the library that such folders are for. */
  readonly packages: readonly [string, ...string[]];
  /**
   * Loads the network of `folder`, and defines `size`, the side of its images, and `logits_of`, which makes of uint8
   * pixels [count, size, size, 3], an array of numpy's, logits of torch's with the classes last. `sys` is imported.
   */
  readonly network: string;
}

/** Python that has what is needed; another one by INVOLVE_PYTHON. */
const python = (): string => withHome(process.env.INVOLVE_PYTHON ?? 'python3', 'INVOLVE_PYTHON');

/**
 * Answers: a count (uint32, little-endian) and so many images as bytes come in; the length in bytes (uint32) of their
 * logits (float32) and these go out, alone: what libraries print goes to stderr. Beside what it reads it leaves nothing.
 */
const script = (network: string): string => `
import os, struct, sys
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
import numpy
sys.dont_write_bytecode = True
folder = sys.argv[1]
${network}
while len(head := sys.stdin.buffer.read(4)) == 4:
    count = struct.unpack("<I", head)[0]
    pixels = numpy.frombuffer(sys.stdin.buffer.read(count * size * size * 3), numpy.uint8)
    logits = logits_of(pixels.reshape(count, size, size, 3))
    answer = logits.contiguous().numpy().astype("<f4").tobytes()
    answers.write(struct.pack("<I", len(answer)) + answer)
    answers.flush()
`;

/**
 * Makes sure that there is a Python with the packages.
 * @returns what opens a written folder
 * @throws InvolveError (exit code 3) where there is none
 */
export function openPythonReader({
  packages,
  network,
}: PythonReading): (path: string) => Promise<FileReader> {
  const [library] = packages;
  const description = versionsOf(packages);
  if (typeof description !== 'string') {
    throw missing('E_EXPORT_READER', {
      what: description.hasPython
        ? `${python()} has no ${library}, which is to read what is written`
        : `there is no Python called ${python()}, whose ${library} is to read what is written`,
      try: `pip install ${library}, or INVOLVE_PYTHON=/path/to/python of an environment that has it; --check 0 writes a folder that nobody has read`,
    });
  }
  return async (path) => new PythonReader(path, library, description, script(network));
}

/** `timm 1.0.11, torch 2.4.1`; or that there is no Python, or none with all of the packages. */
export function versionsOf(packages: readonly string[]): string | { readonly hasPython: boolean } {
  const told = packages.filter((name) => name !== 'numpy').map((name) => `"${name} " + ${name}.__version__`);
  const versions = `import ${packages.join(', ')}; print(${told.join(' + ", " + ')})`;
  const { stdout, status, error } = spawnSync(python(), ['-c', versions], { encoding: 'utf8' });
  // The last line, since packages may print while they are imported.
  return status === 0 ? stdout.trim().split('\n').at(-1)! : { hasPython: error === undefined };
}

// --- internal ---

class PythonReader implements FileReader {
  readonly #library: string;
  readonly #child;
  #errors = '';
  #answers = Buffer.alloc(0);
  /** Is called when there is more of an answer, or the process has ended. */
  #wake: () => void = () => undefined;
  #hasEnded = false;

  constructor(
    path: string,
    library: string,
    readonly description: string,
    script: string,
  ) {
    this.#library = library;
    this.#child = spawn(python(), ['-c', script, path], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#answers = Buffer.concat([this.#answers, chunk]);
      this.#wake();
    });
    this.#child.on('close', () => {
      this.#hasEnded = true;
      this.#wake();
    });
    // A process that is gone takes nothing; its end tells why.
    this.#child.stdin.on('error', () => undefined);
  }

  async logits(pixels: Uint8Array, count: number): Promise<Float32Array> {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(count);
    this.#child.stdin.write(head);
    this.#child.stdin.write(pixels);
    const length = (await this.#take(4)).readUInt32LE();
    const bytes = await this.#take(length);
    return new Float32Array(Uint8Array.from(bytes).buffer);
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    while (!this.#hasEnded) await this.#more();
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#answers.byteLength < length) {
      if (this.#hasEnded) {
        throw runFailed('E_EXPORT_READER', {
          what: `${this.description} cannot read what was written: ${this.#errors.trim().split('\n').at(-1)}`,
          try: `another version of ${this.#library}; --check 0 writes the folder all the same`,
        });
      }
      await this.#more();
    }
    const taken = this.#answers.subarray(0, length);
    this.#answers = this.#answers.subarray(length);
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
