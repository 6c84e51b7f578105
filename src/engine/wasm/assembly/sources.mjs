// The AssemblyScript of the routines: the files beside this one and those that generate/*.mjs write, inner loops whose
// accumulators must live in registers, and so have to be unrolled by hand.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

const list = (folder, ending) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));

const WRITTEN = list(here, '.ts');
const GENERATORS = list(join(here, 'generate'), '.mjs');

/** All files that the routines are made of, the build among them. */
export const FILES = [...WRITTEN, ...GENERATORS, ...list(here, '.mjs')];

/** The text of each AssemblyScript module, by name: `{ name, text }`. */
export async function readSources() {
  const written = WRITTEN.map((file) => ({ name: basename(file, '.ts'), text: readFileSync(file, 'utf8') }));
  const generated = await Promise.all(
    GENERATORS.map(async (file) => {
      const { generate } = await import(pathToFileURL(file).href);
      return { name: basename(file, '.mjs'), text: generate() };
    }),
  );
  const sources = [...written, ...generated];
  sources.forEach(({ name }, i) => {
    if (sources.findIndex((other) => other.name === name) !== i)
      throw new Error(`Two sources are called ${name}.`);
  });
  return sources;
}
