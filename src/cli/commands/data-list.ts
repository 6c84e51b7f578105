import { relative } from 'node:path';
import { ExitCode, InvolveError } from '../../util/errors.js';
import { grouped } from '../../util/number-text.js';
import { command } from '../command.js';
import { json } from '../config-flags.js';

/** `involve data list`: the data sets, and which are in place. */
export const dataList = command({
  name: 'data list',
  description: 'the data sets, and which are in place',
  operands: {},
  flags: { json },
  example: 'involve data list',
  async run(_operands, flags, { cwd, print }) {
    const { manifestNames, readManifest } = await import('../../data/manifest.js');
    const { dataFolder, openSource } = await import('../../data/dataset.js');
    const { defaultCacheDir } = await import('../../util/cache-dir.js');
    const rows = [];
    for (const name of manifestNames) {
      const manifest = readManifest(name);
      const config = { ...emptyConfig, name };
      const dir = name === 'scenes' ? null : dataFolder(config, cwd);
      const row = { name, title: manifest.title, classes: manifest.classes.length, dir };
      try {
        const source = await openSource(config, cwd);
        rows.push({
          ...row,
          inPlace: true,
          train: source.train.count,
          test: source.test.count,
          problem: null,
        });
      } catch (error) {
        if (!(error instanceof InvolveError)) throw error;
        const problem = error.code === 'E_DATA_MISSING' ? null : error.problems[0]!.what;
        rows.push({ ...row, inPlace: false, train: null, test: null, problem });
      }
    }
    if (flags.json) {
      print(JSON.stringify({ sets: rows, cacheDir: defaultCacheDir() }, null, 2));
      return ExitCode.ok;
    }
    for (const { name, title, classes, dir, inPlace, train, test, problem } of rows) {
      const place = dir === null ? 'drawn when needed' : relative(cwd, dir) || '.';
      const state = inPlace
        ? `${place}: ${grouped(train!)} train, ${grouped(test!)} test`
        : problem === null
          ? `not here; involve data get ${name}`
          : `${place}: ${problem}`;
      print(`${name.padEnd(9)} ${title}, ${classes} classes`);
      print(`          ${state}`);
    }
    print(
      'image-folder  your own: --set data.name=image-folder --set data.dir=DIR with train/<class>/* and test/<class>/*',
    );
    print(`decoded images are kept in ${defaultCacheDir()}`);
    return ExitCode.ok;
  },
});

// --- internal ---

const emptyConfig = {
  dir: null,
  inputSize: 64,
  validation: 0.1,
  splitSeed: 0,
  limit: { train: null, validation: null, test: null },
  skipBadImages: false,
};
