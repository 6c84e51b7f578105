/** A table before it is written in any format: words and numbers as they are shown. */
export interface Table {
  readonly columns: readonly Column[];
  /** As many cells as columns. */
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly isNumber: boolean;
}

export function words(title: string): Column {
  return { title, isNumber: false };
}

export function numbers(title: string): Column {
  return { title, isNumber: true };
}
