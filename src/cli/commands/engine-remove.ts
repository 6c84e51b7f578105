import { resolve } from 'node:path';
import type { removeTensorflow } from '../../engine/tensorflow/install/remove.js';
import { ExitCode } from '../../util/errors.js';
import { shownPath } from '../../util/shown-path.js';
import type { CommandRun } from '../command.js';
import { flavourOf } from './engine-install.js';

/** `involve engine remove [cpu|cuda] [--dir D]`: what `engine install` put here, whole or half fetched. */
export const engineRemove =
  (remove: typeof removeTensorflow): CommandRun =>
  async ([name], options, { cwd, print }) => {
    const flavour = name === undefined ? undefined : flavourOf(name);
    const dir = options.dir === undefined ? undefined : resolve(cwd, options.dir as string);
    const removed = await remove(flavour, dir);
    if (options.json === true) print(JSON.stringify(removed, null, 2));
    else
      for (const each of removed)
        print(`removed ${shownPath(cwd, each.dir)} (${(each.bytes / 1e6).toFixed(1)} MB)`);
    return ExitCode.ok;
  };
