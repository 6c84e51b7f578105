import { closeSync, openSync, readSync } from 'node:fs';
import { grouped } from '../../util/number-text.js';
import { shellWord } from '../../util/shell-words.js';
import type { Problem } from '../../util/errors.js';

/** A config is a few kB, and the longest sweep that lists its jobs a few hundred. */
export const MOST_BYTES = 1 << 20;

/**
 * The text of a config: UTF-8, with or without a byte order mark. No more of a file is read than a config may have, so
 * that a device or a pipe without an end is refused too.
 *
 * @param label the file's name in messages
 * @returns the text, or why it is none
 */
export function readConfigText(
  file: string,
  label: string,
): { readonly text: string } | { readonly problem: Problem } {
  const bytes = firstBytes(file, MOST_BYTES + 1);
  const encoding = otherEncoding(bytes);
  if (encoding !== undefined) {
    const name = shellWord(label);
    return {
      problem: {
        what: `the config is written in ${encoding}, not in UTF-8`,
        where: label,
        try: `save it as UTF-8, or: iconv -f ${encoding} -t UTF-8 ${name} > utf-8.yaml`,
      },
    };
  }
  const zero = bytes.indexOf(0);
  if (zero !== -1) return { problem: notText(bytes, zero, label) };
  if (bytes.length > MOST_BYTES) {
    return {
      problem: {
        what: `the file is larger than ${grouped(MOST_BYTES)} bytes, which no config is`,
        where: label,
        try: 'name a config, YAML or JSON; a sweep of many jobs says grid, not each of them in list',
      },
    };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: notText(bytes, firstInvalid(bytes), label) };
  }
}

// --- internal ---

function firstBytes(file: string, most: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    while (length < most) {
      const read = readSync(descriptor, bytes, length, most - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** By its byte order mark, or by the zeros that letters have there. */
function otherEncoding(bytes: Buffer): string | undefined {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return 'UTF-32';
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return 'UTF-16';
  if (bytes.length < 4) return undefined;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'UTF-16LE';
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? 'UTF-16BE' : undefined;
}

function notText(bytes: Buffer, offset: number, label: string): Problem {
  const line = bytes.subarray(0, offset).reduce((lines, byte) => lines + Number(byte === 0x0a), 1);
  const byte = bytes[offset].toString(16).padStart(2, '0');
  return {
    what: `the file is no text: byte ${byte} (hexadecimal) cannot stand in UTF-8 text`,
    where: `${label}:${line}`,
    try: 'name a config, YAML or JSON, saved as UTF-8',
  };
}

/** Where the first byte lies that is no UTF-8, or that begins a letter which is not complete. */
function firstInvalid(bytes: Buffer): number {
  const isText = (length: number, stream: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isText(middle, true)) low = middle;
    else high = middle - 1;
  }
  while (!isText(low, false)) low--;
  return low;
}
