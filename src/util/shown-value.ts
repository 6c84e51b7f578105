/** A value as a message shows it: JSON, cut short. */
export function shownValue(value: unknown, longest = 60): string {
  if (typeof value === 'number') return String(value); // JSON has no NaN and no infinity
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longest ? `${text.slice(0, longest - 3)}…` : text;
}
