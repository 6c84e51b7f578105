import { oneLine } from '../one-line.js';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text for a page or an attribute in double quotes: whatever a name holds, it ends nothing and starts nothing. */
export function htmlText(text: string): string {
  return oneLine(text.replaceAll('\n', ' ')).replace(/[&<>"]/g, (letter) => ENTITIES[letter]!);
}
