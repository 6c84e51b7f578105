import { relative } from 'node:path';
import { dataSets, knownClasses } from '../../data/sets/index.js';
import { ExitCode, InvolveError } from '../../util/errors.js';
import { grouped } from '../../util/number-text.js';
import { oneLine } from '../../util/one-line.js';
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
    const { openSource, sourceFolder } = await import('../../data/open-source.js');
    const { data } = await import('../../data/options.js');
    const { defaultCacheDir } = await import('../../util/cache-dir.js');
    const rows = [];
    const own = dataSets.filter(({ classes }) => classes === null);
    for (const { name, title, page, terms, inputSize } of dataSets) {
      const config = data.parse({ name, inputSize });
      const classes = knownClasses(config);
      if (classes === null) continue;
      const dir = sourceFolder(config, cwd);
      const row = { name, title, page, terms, classes: classes.length, dir };
      try {
        const { train, test } = await openSource(config, cwd);
        rows.push({ ...row, inPlace: true, train: train.count, test: test.count, problem: null });
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
    const width = Math.max(...dataSets.map(({ name }) => name.length)) + 2;
    for (const { name, title, classes, dir, inPlace, train, test, problem } of rows) {
      const place = dir === null ? 'drawn when needed' : relative(cwd, dir) || '.';
      const state = inPlace
        ? `${place}: ${grouped(train!)} train, ${grouped(test!)} test`
        : problem === null
          ? `not here; involve data get ${name}`
          : `${place}: ${problem}`;
      print(`${name.padEnd(width)}${title}, ${classes} classes`);
      print(`${' '.repeat(width)}${oneLine(state)}`);
    }
    for (const { name, layout } of own) {
      print(`${name.padEnd(width)}your own: --set data.name=${name} --set data.dir=DIR with ${layout}`);
    }
    print(`decoded images are kept in ${defaultCacheDir()}`);
    return ExitCode.ok;
  },
});
