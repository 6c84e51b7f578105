/** What a label says: the name or the number of a class; null for a value that is neither. */
export function labelText(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim();
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : null;
}

/** A value as messages show it. */
export function shownValue(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  );
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
