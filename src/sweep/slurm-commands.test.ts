import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askAccounts, askQueue, cancel, submit } from './slurm-commands.js';

/** A folder of commands that write down what they were called with, in the place of Slurm's. */
let folder: string;
const before = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-slurm-'));
  process.env.PATH = `${folder}${delimiter}${before}`;
});
afterEach(() => {
  process.env.PATH = before;
  rmSync(folder, { recursive: true });
});

function command(name: string, body: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> '${folder}/calls'\n${body}\n`);
  chmodSync(path, 0o755);
}
const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

it('asks the queue and the accounts for all arrays at once', async () => {
  command('squeue', "printf '12_3   RUNNING  0  s-1\\n'");
  command('sacct', "printf '12_4|FAILED|2:0|s-2\\n12|FAILED|2:0|s-2\\n'");
  expect(await askQueue(['s-1', 's-2'])).toEqual([
    { submission: 's-1', index: 3, task: '12_3', state: 'RUNNING', exitCode: 0 },
  ]);
  expect(await askAccounts(['s-1', 's-2'])).toEqual([
    { submission: 's-2', index: 4, task: '12_4', state: 'FAILED', exitCode: 2 },
  ]);
  expect(calls()).toEqual([
    'squeue --noheader --array --states=all --name=s-1,s-2 --Format=JobArrayID:64,State:32,exit_code:16,Name:256',
    'sacct --noheader --parsable2 --allocations --array --starttime=now-30days --name=s-1,s-2 --format=JobID,State,ExitCode,JobName',
  ]);
});

it('reads an exit code as accounts have it, and as the system has it, and no other text', async () => {
  const codes = ['2:0', '512', '143:15', '', 'None', '512 of it', '2:0:1'];
  command('sacct', codes.map((code, i) => `printf '12_${i}|FAILED|${code}|s-1\\n'`).join('\n'));
  expect((await askAccounts(['s-1'])).map(({ exitCode }) => exitCode)).toEqual([
    ...[2, 2, 143],
    ...[null, null, null, null],
  ]);
});

it('cannot tell an empty queue from none that answers, and needs no accounts', async () => {
  command('squeue', 'exit 1');
  command('sacct', 'exit 1');
  expect(await askQueue(['s-1'])).toBeUndefined();
  expect(await askAccounts(['s-1'])).toEqual([]);
  command('squeue', '');
  expect(await askQueue(['s-1'])).toEqual([]);
});

it('cancels each array by itself, all of it or what waits, and goes on where one is gone', async () => {
  command('scancel', 'exit 1');
  await cancel(['s-1', 's-2']);
  await cancel(['s-3'], 'PENDING');
  expect(calls()).toEqual(['scancel --name=s-1', 'scancel --name=s-2', 'scancel --name=s-3 --state=PENDING']);
});

it('submits a script, and takes the number of the array from before the name of a cluster', async () => {
  command('sbatch', "printf '77;north\\n'");
  expect(await submit('/a/b.sh')).toBe('77');
  expect(calls()).toEqual(['sbatch --parsable /a/b.sh']);
});

describe('jobs that sbatch refuses', () => {
  const refused = () => submit('/a/b.sh').catch((error: unknown) => error);

  it('say what it said, without its name', async () => {
    command('sbatch', "printf 'sbatch: error: no such partition\\n\\n  sbatch: more\\n' >&2; exit 1");
    expect(await refused()).toMatchObject({
      ...{ code: 'E_SLURM_REFUSED', exitCode: 2 },
      problems: [
        {
          what: 'sbatch refused the jobs: no such partition; sbatch: more',
          where: '/a/b.sh',
          try: 'other --slurm key=value',
        },
      ],
    });
  });

  it('say how it ended where it said nothing', async () => {
    command('sbatch', 'exit 7');
    expect(await refused()).toMatchObject({
      code: 'E_SLURM_REFUSED',
      problems: [{ what: 'sbatch refused the jobs: Error: Command failed: sbatch --parsable /a/b.sh' }],
    });
  });

  it.each(['Unable to contact slurm controller', 'Socket communication failure', 'Connection refused'])(
    'are not to blame where it has no cluster: %s',
    async (said) => {
      command('sbatch', `echo 'sbatch: error: ${said}' >&2; exit 1`);
      expect(await refused()).toMatchObject({
        ...{ code: 'E_NO_SLURM', exitCode: 3 },
        problems: [{ what: `sbatch refused the jobs: ${said}`, where: '/a/b.sh' }],
      });
    },
  );

  it('nor where there is no sbatch', async () => {
    process.env.PATH = folder;
    expect(await refused()).toMatchObject({
      ...{ code: 'E_NO_SLURM', exitCode: 3 },
      problems: [{ what: 'sbatch is not on this machine: Slurm is not installed, or not in PATH' }],
    });
  });
});
