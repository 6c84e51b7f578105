import { spawn, spawnSync } from 'node:child_process';
import { missing, runFailed } from '../../util/errors.js';
import type { FileReader } from '../format.js';

/** Python that has timm; another one by INVOLVE_PYTHON. */
const python = (): string => process.env.INVOLVE_PYTHON ?? 'python3';

/**
 * Loads a folder as anybody would, and answers: a count (uint32, little-endian) and so many images as bytes come in; the
 * length in bytes (uint32) of their logits (float32) and these go out.
 */
const SCRIPT = `
import json, struct, sys
import numpy, timm, torch
folder = sys.argv[1]
model = timm.create_model("local-dir:" + folder, pretrained=True).eval()
config = json.load(open(folder + "/config.json"))["pretrained_cfg"]
size = config["input_size"][1]
mean, std = (torch.tensor(config[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
while len(head := sys.stdin.buffer.read(4)) == 4:
    count = struct.unpack("<I", head)[0]
    pixels = numpy.frombuffer(sys.stdin.buffer.read(count * size * size * 3), numpy.uint8)
    images = torch.tensor(pixels.reshape(count, size, size, 3)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        logits = model((images - mean) / std)
    answer = logits.numpy().astype("<f4").tobytes()
    sys.stdout.buffer.write(struct.pack("<I", len(answer)) + answer)
    sys.stdout.buffer.flush()
`;

/**
 * Makes sure that there is a Python with timm.
 * @throws InvolveError (exit code 3) where there is none
 */
export async function openTimmReader(): Promise<(path: string) => Promise<FileReader>> {
  const versions = 'import timm, torch; print("timm", timm.__version__, "on torch", torch.__version__)';
  const { stdout, status, error } = spawnSync(python(), ['-c', versions], { encoding: 'utf8' });
  if (status !== 0) {
    throw missing('E_EXPORT_READER', {
      what:
        error === undefined
          ? `${python()} has no timm, which is to read what is written`
          : `there is no Python called ${python()}, whose timm is to read what is written`,
      try: 'pip install timm, or INVOLVE_PYTHON=/path/to/python of an environment that has it; --check 0 writes a folder that nobody has read',
    });
  }
  return async (path) => new TimmReader(path, stdout.trim());
}

// --- internal ---

class TimmReader implements FileReader {
  readonly #child;
  #errors = '';
  #answers = Buffer.alloc(0);
  /** Is called when there is more of an answer, or the process has ended. */
  #wake: () => void = () => undefined;
  #hasEnded = false;

  constructor(
    path: string,
    readonly description: string,
  ) {
    this.#child = spawn(python(), ['-c', SCRIPT, path], { stdio: ['pipe', 'pipe', 'pipe'] });
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
          try: 'another version of timm; --check 0 writes the folder all the same',
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
