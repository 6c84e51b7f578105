/**
 * The names that a pattern with braces stands for, as in a shell: `a-{000..002}.tar` and `{train,extra}-0.tar`. Numbers
 * keep their leading zeros.
 */
export function expandBraces(pattern: string): string[] {
  const braces = /\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}/.exec(pattern);
  if (braces === null) return [pattern];
  const before = pattern.slice(0, braces.index);
  const after = expandBraces(pattern.slice(braces.index + braces[0].length));
  const [, first, last, list] = braces;
  const middles = list === undefined ? numbers(first!, last!) : list.split(',');
  return middles.flatMap((middle) => after.map((rest) => before + middle + rest));
}

/** Whether a name has to be looked for: it has `*`, `?` or `[…]`. */
export function isGlob(name: string): boolean {
  return /[*?[]/.test(name);
}

/** What a glob says of one part of a path; `*` and `?` do not stand for a dot at the beginning. */
export function globTest(glob: string): (name: string) => boolean {
  const source = glob.replace(/\[(!?)([^\]]+)\]|[*?]|[^*?[]+|\[/g, (piece, not?: string, set?: string) => {
    if (piece === '*') return '.*';
    if (piece === '?') return '.';
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    return piece.replace(/[.+^${}()|\\[\]]/g, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name) && (!name.startsWith('.') || glob.startsWith('.'));
}

// --- internal ---

/** The most names that braces may stand for. */
const mostNumbers = 1_000_000;

function numbers(first: string, last: string): string[] {
  const [from, to] = [Number(first), Number(last)];
  const step = from <= to ? 1 : -1;
  const length = Math.min(Math.abs(to - from) + 1, mostNumbers);
  const width = Math.max(first.startsWith('0') ? first.length : 0, last.startsWith('0') ? last.length : 0);
  return Array.from({ length }, (_, i) => String(from + step * i).padStart(width, '0'));
}
