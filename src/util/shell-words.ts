import { oneLine, replaceControls } from './one-line.js';

/**
 * A word as a shell takes it for one: as it is where that is safe, else in single quotes. What would break the line or
 * steer a terminal stands as an escape within `$'…'`, which bash, zsh and the POSIX of 2024 read: a command that is shown
 * can be copied whatever is in a name.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (oneLine(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${replaceControls(word.replace(/[\\']/g, '\\$&'), inOctal)}'`;
}

// --- internal ---

/** The bytes of a character. Three digits each: a digit that follows is its own. */
function inOctal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
