import { describe, expect, it } from 'vitest';
import type { EngineStatus } from '../../engine/engine.js';
import type { engineList } from './engine-list.js';
import { engineListBy } from './engine-list.js';

const engines: readonly EngineStatus[] = [
  { name: 'wasm', available: false, detail: 'WebAssembly', reason: 'no kernels', fix: 'npm run build' },
  { name: 'reference', available: true, detail: 'plain TypeScript', reason: 'slow' },
];

async function listed(flags: Parameters<typeof engineList.run>[1], config?: string): Promise<string> {
  const out: string[] = [];
  const print = (line: string): void => void out.push(line);
  const context = { print, note: () => undefined, interactive: false, cwd: '.' };
  const command = engineListBy({
    listEngines: () => Promise.resolve(engines),
    stepFallbacks: (model) => Promise.resolve({ model, calls: 1449, fallbacks: { Cumsum: 2, Einsum: 1 } }),
  });
  expect(await command.run({ config }, flags, context)).toBe(0);
  return out.join('\n');
}

describe('engine list', () => {
  it('says what works, and what mends the others', async () => {
    expect(await listed({})).toBe(
      [
        'wasm       no  WebAssembly',
        '               no kernels',
        '               try: npm run build',
        'reference  ok  plain TypeScript',
      ].join('\n'),
    );
  });

  it('says which operations of a model fall back', async () => {
    expect(await listed({}, 'exp3')).toContain(
      "a train step of exp3 on wasm: 1,449 calls; on tf.js's CPU code: Cumsum (2), Einsum (1)",
    );
    expect(JSON.parse(await listed({ json: true }, 'exp3')).step.fallbacks).toEqual({
      Cumsum: 2,
      Einsum: 1,
    });
  });

  it('says more with --verbose, and all with --json', async () => {
    expect(await listed({ verbose: true })).toContain('ok  plain TypeScript\n               slow');
    expect(JSON.parse(await listed({ json: true }))).toEqual(engines);
  });
});
