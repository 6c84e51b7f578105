import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/involve.js', import.meta.url));
const isBuilt = existsSync(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)));

// `npm test` builds first; without a build there is nothing to start.
describe.skipIf(!isBuilt)('bin/involve.js', () => {
  it('sets the exit code, and keeps stdout for results', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'trian'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('error: unknown command "trian"\n  try: did you mean "train"?\n');
  });

  it('is quiet when the reader of stdout has gone', async () => {
    const child = spawn(process.execPath, [bin, 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  });

  it('starts with two files, which hold of zod and yaml only what is used', () => {
    const bytes = (name: string): number =>
      statSync(new URL(`../../dist/start/${name}`, import.meta.url)).size;
    expect(bytes('command-line.js')).toBeLessThan(200_000);
    expect(bytes('config.js')).toBeLessThan(450_000);
  });

  it('starts with nothing of ours beside them: what is half in and half out may be used before it is there', () => {
    for (const name of ['command-line.js', 'config.js']) {
      const text = readFileSync(new URL(`../../dist/start/${name}`, import.meta.url), 'utf8');
      const ours = [...text.matchAll(/}from"(\.[^"]+)"/g)].map(([, file]) => file);
      expect(ours, name).toEqual(name === 'config.js' ? ['./command-line.js'] : []);
    }
  });
});
