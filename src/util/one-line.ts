/**
 * A name for a table or a picture: what breaks a line or steers a terminal stands as an escape that can be read
 * (`\n`, `\u{1b}`). Names of classes and files are those of folders, which may hold anything.
 */
export function oneLine(text: string): string {
  return replaceControls(text, (character) => SHORT[character] ?? `\\u{${hexOf(character)}}`);
}

/**
 * Lines for a terminal: breaks and tabs stay, all else that steers it stands as an escape (`\u001b`). JSON reads each for
 * the character itself, so that what another program is to read says the same.
 */
export function steadyLines(text: string): string {
  return replaceControls(text, (character) =>
    character === '\n' || character === '\t' ? character : `\\u${hexOf(character).padStart(4, '0')}`,
  );
}

/** A text with something else for each character that breaks a line, steers a terminal, or may stand in no XML. */
export function replaceControls(text: string, by: (character: string) => string): string {
  return text.replace(CONTROL, by);
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

/**
 * Controls, the line and paragraph separators, marks that turn the direction of what follows, and two numbers of no
 * character, which XML forbids.
 */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
