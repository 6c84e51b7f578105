import { relative } from 'node:path';
import { dataSets, fetchable, standIn } from '../../data/sets/index.js';
import { closestString } from '../../util/closest-string.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { grouped, megabytes } from '../../util/number-text.js';
import { command } from '../command.js';
import { anyFile, anyFolder } from '../completes.js';
import { text } from '../flags.js';
import { optional } from '../operands.js';
import { showProgress } from '../render/data-progress.js';

const names = [...fetchable, standIn].map(({ name }) => name);

/** `involve data get NAME [--from URL|FILE] [--dir DIR]`: fetches, verifies and unpacks a data set. */
export const dataGet = command({
  name: 'data get',
  description: 'fetch, verify and unpack a data set',
  operands: { name: optional(`a data set: ${names.join(', ')}`, { words: names }) },
  flags: {
    from: text('url|file', 'address or archive to take it from', anyFile),
    dir: text('dir', 'where to put it (default: datasets/<name>)', anyFolder),
  },
  example: 'involve data get intel --from archive.zip',
  async run({ name }, { from, dir: place }, context) {
    const { getDataset } = await import('../../data/get/get-dataset.js');
    const { cwd, print, note } = context;
    const set = dataSets.find((each) => each.name === name);
    if (set?.drawn) {
      print(`${set.name} are drawn when needed: there is nothing to get`);
      return ExitCode.ok;
    }
    if (set === undefined || set.fetch === null) {
      const meant = closestString(name ?? '', names);
      throw badInput('E_ARGUMENT', {
        what: `no data set ${JSON.stringify(name ?? '')} to get`,
        try: meant === undefined ? `one of ${names.join(', ')}` : `did you mean "${meant}"?`,
      });
    }
    const fetching = await showProgress('downloading', context, megabytes);
    const unpacking = await showProgress('unpacking, files', context);
    let nextFiles = 0;
    try {
      const got = await getDataset(set, {
        cwd,
        from,
        dir: place,
        events: {
          onDownload: (done, total) => fetching.update(done, total),
          onUnpack: (files) => {
            if (nextFiles === 0) fetching.stop();
            if (files < nextFiles) return;
            nextFiles = files + 1000;
            unpacking.update(files, null);
          },
          onNote: note,
        },
      });
      for (const warning of got.warnings) note(`note: ${warning}`);
      const { train, test } = got.source;
      print(
        `${name} ${got.present ? 'was in place already' : 'is in place'}: ${relative(cwd, got.dir) || '.'} ` +
          `(${grouped(train.count)} train, ${grouped(test.count)} test)`,
      );
      if (place !== undefined) print(`to use it: --set data.name=${name} --set data.dir=${place}`);
    } finally {
      fetching.stop();
      unpacking.stop();
    }
    return ExitCode.ok;
  },
});
