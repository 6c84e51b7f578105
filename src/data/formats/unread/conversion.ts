import { extname } from 'node:path';
import { shellWord } from '../../../util/shell-words.js';

/**
 * Commands that make an image that is read of one that is not: `magick IN OUT.png`. `IN` stands for the file, with what a
 * program wants behind its name (`IN[0]`); `OUT` for its name with another ending.
 */

/** The command for one file; what it makes lies beside that. */
export function conversionOf(command: string, file: string): string {
  const ending = extname(file);
  const stem = file.slice(0, file.length - ending.length);
  return filled(
    command,
    (behind) => shellWord(file + behind),
    // A file whose name says what it is not must not be written over while it is read.
    (made) => shellWord(`${stem}${made.toLowerCase() === ending.toLowerCase() ? '-converted' : ''}${made}`),
  );
}

/**
 * The command for one file, or for all whose names end as theirs, capital or not.
 * @param folders what they lie in, at any depth; links are followed there, as they are for images
 */
export function conversionOfAll(
  command: string,
  files: readonly string[],
  folders: readonly string[],
): string {
  if (files.length === 1) return conversionOf(command, files[0]!);
  const endings = [...new Set(files.map((file) => extname(file).toLowerCase()))];
  const tests = endings.map((ending) => `-iname ${shellWord(`*${ending}`)}`).join(' -o ');
  const each = filled(
    command,
    (behind) => `"$0${behind}"`,
    (made) => `"\${0%.*}${made}"`,
  );
  return (
    `find -L ${folders.map(shellWord).join(' ')} ${endings.length > 1 ? `\\( ${tests} \\)` : tests} ` +
    `-exec sh -c ${shellWord(each)} {} \\;`
  );
}

// --- internal ---

function filled(command: string, read: (behind: string) => string, make: (ending: string) => string): string {
  return command.replace(
    /\bIN\b(\[0\])?|\bOUT\b((?:\.\w+)?)/g,
    (word, behind: string | undefined, made: string | undefined) =>
      word.startsWith('IN') ? read(behind ?? '') : make(made ?? ''),
  );
}
