// Joins what every start of the command line loads into a few files: the commands with commander, and the reading of
// configs with zod, yaml and the options (some 250 small files otherwise, most of the time until a config error is
// told). A module that others need too stays importable under its own name, which then leads to the joined one: there is
// one InvolveError.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';

/** The folder of the joined files: as deep as those whose modules ask where they are. */
const FOLDER = 'start';

const require = createRequire(import.meta.url);
const SETTINGS = {
  platform: 'node',
  // Node's own build of yaml is CommonJS in seventy files.
  resolve: { alias: { yaml: join(dirname(require.resolve('yaml/package.json')), 'browser/index.js') } },
};

/** Leaves out what is loaded when it is needed: a dynamic import stays one, of what `named` makes of it. */
const withoutLater = (named) => ({
  name: 'what is loaded when it is needed',
  resolveId: (source, importer, { kind }) => (kind === 'dynamic-import' ? named(source, importer) : null),
});

/**
 * @param dist the folder that tsc wrote
 * @param src the folder that it read
 */
export async function bundleStart(dist, src) {
  // All of config/: what a schema of ours is asked by another module must come from the same zod.
  const config = readdirSync(join(src, 'config'), { recursive: true })
    .filter((name) => /\.ts$/.test(name) && !/(\.test|testing)\.ts$/.test(name))
    .map((name) => `config/${name.replace(/ts$/, 'js')}`);
  const commandLine = await reach(dist, ['cli/main.js']);
  const all = await reach(dist, ['cli/main.js', 'session/load-config.js', ...config]);
  const entries = [...all].filter((id) => id.startsWith(dist + sep));
  const bundle = await rolldown({
    ...SETTINGS,
    plugins: [
      withoutLater((source, importer) =>
        source.startsWith('.')
          ? { id: resolve(dirname(importer), source), external: 'relative' }
          : { id: source, external: true },
      ),
    ],
    input: Object.fromEntries(entries.map((id) => [relative(dist, id).replace(/\.js$/, ''), id])),
  });
  await bundle.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${FOLDER}/[name].js`,
    // Names stay: a stack must be readable.
    minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
    codeSplitting: {
      groups: [
        { name: 'command-line', test: (id) => commandLine.has(id), priority: 2 },
        { name: 'config', test: (id) => all.has(id), priority: 1 },
      ],
    },
  });
  await bundle.close();
}

/** All modules, libraries too, that are loaded as soon as some of `dist` are. */
async function reach(dist, names) {
  const found = new Set();
  const bundle = await rolldown({
    ...SETTINGS,
    // Under a name that no module has: one that is also loaded at once would be left out or not, whichever import is met
    // first, and that is chance.
    plugins: [withoutLater((source) => ({ id: `later:${source}`, external: true }))],
    input: names.map((name) => join(dist, name)),
  });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  for (const { moduleIds = [] } of output) for (const id of moduleIds) found.add(id);
  return found;
}
