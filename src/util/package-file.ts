import { fileURLToPath } from 'node:url';

/** A file that comes with this program, by its path from the program's folder: absolute. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
