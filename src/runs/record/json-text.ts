/**
 * JSON for records: numbers that JSON does not know are written as the words `NaN`, `Infinity` and
 * `-Infinity`, so that a diverged loss is not read as a missing one. `Number()` reads them back.
 */
export function toJson(value: unknown, indent?: number): string {
  const replace = (_key: string, item: unknown): unknown =>
    typeof item === 'number' && !Number.isFinite(item) ? String(item) : item;
  return JSON.stringify(value, replace, indent);
}
