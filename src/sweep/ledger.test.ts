import { mkdirSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger, type LedgerFile, type LedgerJob } from './ledger-file.js';
import { Ledger } from './ledger.js';
import { SweepFolder } from './testing.js';

let folder: SweepFolder;
let ledger: Ledger;
beforeEach(() => {
  folder = new SweepFolder();
  const head = { version: 1, sweep: 's', description: '', file: 's.yaml', created: 'then' } as const;
  ledger = new Ledger(folder.path, head, ['a', 'b', 'c'].map(entry));
});
afterEach(() => folder.remove());

const entry = (id: string): LedgerJob => ({
  ...{ name: id, seed: 0, folder: id, changes: {}, fingerprint: id },
  ...{ state: 'pending', attempts: 0 },
});
const onDisk = (): LedgerFile =>
  JSON.parse(readFileSync(join(folder.path, 'ledger.json'), 'utf8')) as LedgerFile;
const statesOnDisk = (): string[] => onDisk().jobs.map(({ state }) => state);

describe('an update', () => {
  it('is on the disk when it resolves', async () => {
    await ledger.update({ id: 'a' }, { state: 'running', attempts: 1 });
    expect(onDisk()).toMatchObject({ version: 1, sweep: 's', created: 'then' });
    expect(statesOnDisk()).toEqual(['running', 'pending', 'pending']);
    expect((await readLedger(folder.path))?.jobs).toEqual(ledger.jobs);
  });

  it('is on the disk when it resolves, also when others came before it was written', async () => {
    const seen = new Map<string, string[]>();
    const update = async (id: string): Promise<void> => {
      await ledger.update({ id }, { state: 'done' });
      seen.set(id, statesOnDisk());
    };
    await Promise.all(['a', 'b', 'c'].map(update));
    ['a', 'b', 'c'].forEach((id, i) => expect(seen.get(id)![i], id).toBe('done'));
    expect(statesOnDisk()).toEqual(['done', 'done', 'done']);
  });

  it('that comes while another is being written is written after it', async () => {
    const first = ledger.update({ id: 'a' }, { state: 'running' });
    // Its write has begun by now: what comes next must not be lost with it.
    await Promise.resolve();
    await new Promise(setImmediate);
    const second = ledger.update({ id: 'a' }, { state: 'done' });
    await second;
    expect(statesOnDisk()[0]).toBe('done');
    await first;
    expect(statesOnDisk()[0]).toBe('done');
  });

  it('keeps what it does not change, and takes a field away by undefined', async () => {
    await ledger.updateAll([
      [{ id: 'b' }, { state: 'queued', attempts: 1, slurm: { submission: 's-1', index: 0 } }],
      [{ id: 'c' }, { state: 'failed' }],
    ]);
    await ledger.update({ id: 'b' }, { slurm: undefined });
    expect(ledger.of({ id: 'b' })).toEqual({ ...entry('b'), state: 'queued', attempts: 1 });
    expect(onDisk().jobs[1]).not.toHaveProperty('slurm');
    expect(statesOnDisk()).toEqual(['pending', 'queued', 'failed']);
  });

  it('is refused while it cannot be written, and the next one says it too', async () => {
    rmSync(join(folder.path, 'base.json'));
    rmdirSync(folder.path);
    await expect(ledger.update({ id: 'a' }, { state: 'done' })).rejects.toMatchObject({
      code: 'E_NOT_WRITABLE',
    });
    mkdirSync(folder.path);
    await ledger.update({ id: 'b' }, { state: 'done' });
    expect(statesOnDisk()).toEqual(['done', 'done', 'pending']);
  });
});

describe('readLedger', () => {
  it('finds none where there is no folder, or a file in its place', async () => {
    expect(await readLedger(join(folder.path, 'none'))).toBeUndefined();
    expect(await readLedger(join(folder.path, 'base.json'))).toBeUndefined();
  });

  it.each([
    ['{"version": 2, "jobs": []}', 'of another version'],
    ['{"version": 1, "jobs": {}}', 'without a list of jobs'],
    ['{"version": 1', 'cut short'],
  ])('refuses one %s', async (text) => {
    const path = folder.write('ledger.json', text);
    await expect(readLedger(folder.path)).rejects.toMatchObject({
      ...{ code: 'E_LEDGER_DAMAGED', exitCode: 2 },
      problems: [{ where: path, try: `mend it, or make a new one from the run folders: rm ${path}` }],
    });
  });
});
