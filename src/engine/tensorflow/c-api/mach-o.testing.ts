import { closeSync, openSync, readSync } from 'node:fs';

/** What a library of macOS has for others, and what it needs of them. */
export interface MachO {
  readonly architecture: 'arm64' | 'x86-64';
  /** Symbols that it defines for others, as C names them: without the underscore that macOS puts before each. */
  readonly exported: ReadonlySet<string>;
  /** The libraries that it loads. */
  readonly loads: readonly string[];
}

/** `mach-o/loader.h`: a file of 64 bits in this byte order, and the commands that are read. */
const MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const ARCHITECTURES: Readonly<Record<number, MachO['architecture']>> = {
  0x0100000c: 'arm64',
  0x01000007: 'x86-64',
};
const LC_SYMTAB = 0x2;
const LOAD_COMMANDS: readonly number[] = [0xc, 0x80000018, 0x8000001f];

/** `mach-o/nlist.h`: a symbol, which is external and defined in a section where these bits say so. */
const NLIST_BYTES = 16;
const EXTERNAL_BITS = 0x0f;
const EXTERNAL_IN_SECTION = 0x0f;
const PRIVATE_EXTERNAL = 0x10;

/**
 * Reads a library of macOS on any system.
 * @throws Error if it is no library for one 64-bit architecture
 */
export function readMachO(path: string): MachO {
  const file = openSync(path, 'r');
  const bytes = (offset: number, length: number): Buffer => {
    const buffer = Buffer.alloc(length);
    if (readSync(file, buffer, 0, length, offset) !== length) throw new Error(`${path} is cut short`);
    return buffer;
  };
  try {
    const header = bytes(0, HEADER_BYTES);
    const architecture = ARCHITECTURES[header.readUInt32LE(4)];
    if (header.readUInt32LE(0) !== MAGIC_64 || architecture === undefined) {
      throw new Error(`${path} is no library of macOS for one architecture of 64 bits`);
    }
    const commands = bytes(HEADER_BYTES, header.readUInt32LE(20));
    const loads: string[] = [];
    const exported = new Set<string>();
    for (let at = 0; at < commands.length; at += commands.readUInt32LE(at + 4)) {
      const command = commands.readUInt32LE(at);
      if (LOAD_COMMANDS.includes(command)) loads.push(textAt(commands, at + commands.readUInt32LE(at + 8)));
      if (command !== LC_SYMTAB) continue;
      const [symbolsAt, count, textsAt, textBytes] = [8, 12, 16, 20].map((each) =>
        commands.readUInt32LE(at + each),
      );
      const [symbols, texts] = [bytes(symbolsAt, count * NLIST_BYTES), bytes(textsAt, textBytes)];
      for (let symbol = 0; symbol < symbols.length; symbol += NLIST_BYTES) {
        const type = symbols[symbol + 4];
        const isExported = (type & EXTERNAL_BITS) === EXTERNAL_IN_SECTION && (type & PRIVATE_EXTERNAL) === 0;
        if (isExported) exported.add(textAt(texts, symbols.readUInt32LE(symbol)).replace(/^_/, ''));
      }
    }
    return { architecture, exported, loads };
  } finally {
    closeSync(file);
  }
}

/** The text that begins there and ends with a zero. */
function textAt(buffer: Buffer, start: number): string {
  return buffer.toString('latin1', start, buffer.indexOf(0, start));
}
