// Joins dist/config/ with the options that it puts together and the libraries only they use (zod, yaml: some 200
// small files) into a few files, which halves the time until a config error is told. What others share stays
// outside, so that there is one InvolveError.
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';

/** @param dist the folder that tsc wrote */
export async function bundleConfig(dist) {
  const folder = join(dist, 'config');
  const names = readdirSync(folder).filter((name) => name.endsWith('.js') && !name.startsWith('chunk-'));
  const isPart = (file) =>
    !relative(folder, file).startsWith(`..${sep}`) || /(options|schema-parts)\.js$/.test(file);
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name.slice(0, -3), join(folder, name)])),
    platform: 'node',
    external: (id, importer) =>
      importer !== undefined && id.startsWith('.') && !isPart(resolve(dirname(importer), id)),
  });
  await bundle.write({ dir: folder, format: 'esm', chunkFileNames: 'chunk-[name].js' });
  await bundle.close();
}
