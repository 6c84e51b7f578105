import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findStockTfjsNode } from './stock.js';

let cwd: string;
let program: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'involve-stock-'));
  program = mkdtempSync(join(tmpdir(), 'involve-program-'));
});
afterEach(() => {
  for (const folder of [cwd, program]) rmSync(folder, { recursive: true, force: true });
});

function put(root: string, name: string, files: readonly string[]): string {
  const dir = join(root, 'node_modules', name);
  for (const file of ['package.json', ...files]) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), JSON.stringify({ name, version: '4.22.0' }));
  }
  return dir;
}
const found = (): ReturnType<typeof findStockTfjsNode> =>
  findStockTfjsNode(cwd, pathToFileURL(join(program, 'x.js')).href);
const whole = ['deps/lib/libtensorflow.so.2', 'deps/lib/libtensorflow_framework.so.2'];

describe('findStockTfjsNode', () => {
  it('finds none where there is none', () => {
    expect(found()).toEqual([]);
  });

  it('finds it in the project where the user is, then where the program is; the one for GPUs first', () => {
    const cpu = put(cwd, '@tensorflow/tfjs-node', whole);
    const gpu = put(program, '@tensorflow/tfjs-node-gpu', whole);
    expect(found()).toEqual([
      { name: '@tensorflow/tfjs-node-gpu', version: '4.22.0', dir: gpu, lacks: null },
      { name: '@tensorflow/tfjs-node', version: '4.22.0', dir: cpu, lacks: null },
    ]);
  });

  it('says what an install script that failed has left out', () => {
    put(cwd, '@tensorflow/tfjs-node', []);
    put(cwd, '@tensorflow/tfjs-node-gpu', ['deps/lib/libtensorflow.so.2']);
    expect(found().map(({ lacks }) => lacks)).toEqual([
      'libtensorflow (deps/lib)',
      'libtensorflow (deps/lib)',
    ]);
  });
});
