// Runs to export: a few steps of training of a config, by the built program.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a command of the built program prints. */
export function involve(...args) {
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
  return execFileSync(process.execPath, ['bin/involve.js', ...args], options);
}

/** Trains a config with some of its keys set into a folder. */
export function trainBriefly(config, out, set) {
  const sets = Object.entries(set).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  involve('train', config, ...sets, '--out', out, '--quiet');
}
