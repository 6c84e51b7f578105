import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { describeEnvironment, gitState } from './environment.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-environment-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('describeEnvironment', () => {
  it('holds what a run may depend on', () => {
    const data = { name: 'scenes', fingerprint: 'abc', counts: { train: 3000 } };
    const engine = { name: 'wasm', kernels: '1' };
    const commandLine = ['involve', 'train', 'configs/exp3.json'];
    const environment = describeEnvironment({
      engine,
      device: 'cpu',
      threads: 2,
      data,
      seed: 3,
      commandLine,
    });
    expect(environment).toMatchObject({ engine, device: 'cpu', threads: 2, data, seed: 3, commandLine });
    expect(environment.involve).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.tfjs).toBe('4.22.0');
    expect(environment.node).toBe(process.versions.node);
    expect(environment.machine.cores).toBeGreaterThan(0);
    expect(environment.machine.memoryMb).toBe(Math.round(totalmem() / 2 ** 20));
    expect(new Date(environment.date).getTime()).toBeLessThanOrEqual(Date.now());
    expect(JSON.parse(JSON.stringify(environment))).toEqual(environment);
    for (const key of ['startedFrom', 'workers', 'mpi', 'classes', 'metrics'])
      expect(JSON.stringify(environment)).not.toContain(`"${key}"`);
  });

  it('and what the caller alone knows', () => {
    const known = {
      ...{ engine: { name: 'wasm', kernels: '1' }, device: 'cpu', threads: 2, seed: 3 },
      data: { name: 'scenes', fingerprint: 'abc', counts: {} },
      classes: ['a', 'b'],
      metrics: classificationMetrics,
      startedFrom: { weights: 'a.safetensors', sha256: '00' },
    };
    const environment = describeEnvironment(known);
    expect(environment).toMatchObject(known);
    expect(environment.commandLine).toEqual(process.argv);
  });
});

describe('gitState', () => {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      encoding: 'utf8',
    });

  it('is the commit, and whether tracked files were changed since', () => {
    git('init', '--quiet');
    expect(gitState([folder])).toBeNull();
    writeFileSync(join(folder, 'a.txt'), '1');
    git('add', 'a.txt');
    git('commit', '--quiet', '--message', 'a');
    const commit = git('rev-parse', 'HEAD').trim();
    writeFileSync(join(folder, 'new.txt'), '1');
    expect(gitState([folder])).toEqual({ commit, dirty: false });
    writeFileSync(join(folder, 'a.txt'), '2');
    expect(gitState([folder])).toEqual({ commit, dirty: true });
    expect(gitState([join(folder, 'none'), folder])).toEqual({ commit, dirty: true });
  });

  it('is null outside of a checkout', () => {
    expect(gitState([folder])).toBeNull();
    expect(gitState([join(folder, 'none')])).toBeNull();
  });
});
