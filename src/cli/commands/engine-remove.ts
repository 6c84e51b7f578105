import { resolve } from 'node:path';
import type { removeTensorflow } from '../../engine/tensorflow/install/remove.js';
import { ExitCode } from '../../util/errors.js';
import { megabytes } from '../../util/number-text.js';
import { shownPath } from '../../util/shown-path.js';
import { command } from '../command.js';
import { anyFolder } from '../completes.js';
import { json } from '../config-flags.js';
import { text } from '../flags.js';
import { optional } from '../operands.js';
import { flavourOf, FLAVOURS } from './engine-install.js';

/** `involve engine remove [cpu|cuda] [--dir D]`: what `engine install` put here, whole or half fetched. */
export const engineRemoveBy = (remove: typeof removeTensorflow) =>
  command({
    name: 'engine remove',
    description: 'remove what engine install put here',
    operands: { flavour: optional('cpu or cuda (default: both)', { words: FLAVOURS }) },
    flags: { dir: text('dir', 'only what is in this folder', anyFolder), json },
    example: 'involve engine remove cuda',
    async run({ flavour: name }, { dir, json }, { cwd, print }) {
      const flavour =
        name === undefined ? undefined : flavourOf(name, 'involve engine list --verbose shows what is where');
      const removed = await remove(flavour, dir === undefined ? undefined : resolve(cwd, dir));
      if (json) print(JSON.stringify(removed, null, 2));
      else
        for (const each of removed) print(`removed ${shownPath(cwd, each.dir)} (${megabytes(each.bytes)})`);
      return ExitCode.ok;
    },
  });

export const engineRemove = engineRemoveBy(async (...given) => {
  const { removeTensorflow } = await import('../../engine/tensorflow/install/remove.js');
  return removeTensorflow(...given);
});
