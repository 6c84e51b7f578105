/**
 * A name for a table or a picture: what breaks a line or steers a terminal stands as an escape that can be read
 * (`\n`, `\u{1b}`). Names of classes and files are those of folders, which may hold anything.
 */
export function oneLine(text: string): string {
  return text.replace(
    CONTROL,
    (character) => SHORT[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/**
 * A name for a cell of a CSV file: on one line, and never a formula. Spreadsheets compute what begins with one of these
 * signs, commands of the shell included; an apostrophe in front says that it is text.
 */
export function csvName(text: string): string {
  const line = oneLine(text);
  return /^\s*[=+\-@＝＋－＠]/u.test(line) ? `'${line}` : line;
}

// --- internal ---

/** Controls, the line and paragraph separators, and marks that turn the direction of what follows. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
