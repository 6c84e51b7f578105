import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { findInstallation } from '../engine/tensorflow/installation.js';
import { readMetrics } from '../runs/record/metrics-csv.js';
import type { Workspace } from './command-line.testing.js';

interface Kills {
  readonly engine: 'wasm' | 'tensorflow';
  /** Steps after which the process is killed, one start each; the last start goes on to the end. */
  readonly kills: readonly number[];
}

/** What the command line of a workspace needs to find an engine. */
export function environmentOf(engine: Kills['engine']): NodeJS.ProcessEnv {
  return engine === 'tensorflow' ? { INVOLVE_ENGINE_DIR: dirname(findInstallation('cpu')!.dir) } : {};
}

/**
 * A training that is killed (kill -9) and resumed, again and again, ends with the rows of metrics.csv and the bytes of
 * the checkpoints of one that never was.
 * @returns those rows, without what is measured of time and memory
 */
export async function expectExactAfterKills(
  work: Workspace,
  config: object,
  { engine, kills }: Kills,
): Promise<readonly unknown[]> {
  const [file, straight, killed] = ['json', 'straight', 'killed'].map((name) => `${engine}-${name}`);
  work.write(file, config);
  const train = (out: string, more: string[], watch?: Parameters<Workspace['start']>[1]) => {
    const args = ['train', file, '--out', out, '--engine', engine, '--json', ...more];
    return work.start(args, watch, undefined, environmentOf(engine));
  };
  const first = await train(straight, []);
  expect(first.stderr).not.toContain('error');
  expect(first.code).toBe(0);
  for (const [i, step] of kills.entries()) {
    const more = i === 0 ? [] : ['--resume'];
    const stopped = await train(killed, more, (text, child) => {
      if (text.includes(`"step":${step},`)) child.kill('SIGKILL');
    });
    expect(stopped.signal, `killed at step ${step}`).toBe('SIGKILL');
  }
  expect((await train(killed, ['--resume'])).code).toBe(0);
  const rows = await columns(work, straight);
  expect(await columns(work, killed)).toEqual(rows);
  for (const name of ['last', 'best', 'averaged'])
    expect(bytes(work, killed, name).equals(bytes(work, straight, name)), name).toBe(true);
  return rows;
}

// --- internal ---

/** The columns that are no measurements of time and memory. */
async function columns(work: Workspace, run: string): Promise<unknown[]> {
  return (await readMetrics(work.path(run, 'metrics.csv'))).map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(([name]) => /^(epoch|step|learning_rate|(train|val)_.+)$/.test(name)),
    ),
  );
}

function bytes(work: Workspace, run: string, name: string): Buffer {
  return readFileSync(work.path(run, 'checkpoints', `${name}.safetensors`));
}
