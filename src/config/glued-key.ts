/**
 * What to say of a key such as `name:x`, which is what YAML makes of `{name:x}`: a key without a value.
 * @returns undefined for any other key
 */
export function spacedKey(key: string): string | undefined {
  const match = GLUED.exec(key);
  return match ? `YAML wants a space after the colon: ${match[1]}: ${match[2].slice(0, 40)}` : undefined;
}

/** The same of a value: of a text, of the first such key in it, or in an item of a list. */
export function spacedValue(value: unknown): string | undefined {
  if (typeof value === 'string') return spacedKey(value);
  const items: unknown[] = Array.isArray(value) ? value : [value];
  for (const item of items) {
    if (typeof item !== 'object' || item === null) continue;
    const glued = Object.entries(item).find(([key, each]) => each === null && GLUED.test(key));
    if (glued !== undefined) return spacedKey(glued[0]);
  }
  return undefined;
}

// --- internal ---

const GLUED = /^"?([A-Za-z][\w.]*)"?:([^\s/].*)$/;
