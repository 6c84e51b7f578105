import type { Problem } from '../../util/errors.js';

/** What is YAML but not JSON: trailing commas, comments, bare words. */
export function jsonProblems(text: string, label: string): Problem[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const line = text.slice(0, badOffset(text)).split('\n').length;
    const what = (error as Error).message
      .replace(/,? (\.\.\.)?".*"?(\.\.\.)? is not valid JSON$/s, '')
      .replace(/ in JSON at position.*$/s, '')
      .replace(/^./, (c) => c.toLowerCase());
    return [
      {
        what: `not valid JSON: ${what}`,
        where: `${label}:${line}`,
        try: 'check commas, quotes and comments near that line, or name the file .yaml',
      },
    ];
  }
}

// --- internal ---

/**
 * Offset of the first character that cannot stand in JSON. The parser names it for some errors only, so the first
 * line is looked for with which the text fails by more than by ending too early. (JSON strings cannot cross lines.)
 */
function badOffset(text: string): number {
  const ends = [...text.matchAll(/\n|$/g)].map(({ index }) => Math.min(index + 1, text.length));
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (failureWithin(text, ends[middle]) === undefined) low = middle + 1;
    else high = middle;
  }
  if (low === ends.length) return text.length;
  const start = low === 0 ? 0 : ends[low - 1];
  return Math.max(start, failureWithin(text, ends[low])!);
}

/** Where the beginning of a text fails as JSON by more than by ending: an offset, 0 where the parser names none. */
function failureWithin(text: string, end: number): number | undefined {
  try {
    JSON.parse(text.slice(0, end));
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message);
    if (position !== null)
      return Number(position[1]) < text.slice(0, end).trimEnd().length ? Number(position[1]) : undefined;
    return /end of JSON input/.test(message) ? undefined : 0;
  }
}
