// The parts of docs/export.md that scripts make.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './brief-run.mjs';

/** Puts lines in the place of those between `<!-- NAME -->` and the next `<!-- end of … -->`. */
export function writePart(name, lines) {
  const page = join(root, 'docs/export.md');
  const part = new RegExp(`(?<=<!-- ${name} -->\\n)[^]*?(?=<!-- end of )`);
  const [before, after] = readFileSync(page, 'utf8').split(part);
  if (after === undefined) throw new Error(`docs/export.md has no part "${name}"`);
  writeFileSync(page, `${before}\n${lines.join('\n')}\n\n${after}`);
  execFileSync('npx', ['prettier', '--write', page], { cwd: root });
}
