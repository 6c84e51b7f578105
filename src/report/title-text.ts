/** `validation accuracy` at the beginning of a line. */
export function titleCase(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** A title in the name of a file: `mean-error`. */
export function slug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
