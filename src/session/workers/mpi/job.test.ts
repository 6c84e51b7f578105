import { describe, expect, it } from 'vitest';
import { badInput } from '../../../util/errors.js';
import type { Joined } from './join.js';
import { MpiJob } from './job.js';
import { wiresInMemory } from './wire.testing.js';

const ARGS = ['train', 'a.json'];

/** Jobs of processes that live in one; who has parted. */
function jobs(args: readonly (readonly string[])[], patienceSeconds = 60) {
  const parted = new Set<number>();
  const all = wiresInMemory(args.length).map((wire) => {
    const joined: Joined = { ...wire, version: 'MPI in memory', part: () => void parted.add(wire.rank) };
    return new MpiJob(joined, args[wire.rank]!, patienceSeconds);
  });
  return { all, parted };
}

describe('a job of several processes', () => {
  it('is led by the first, and all part when it is done', async () => {
    const { all, parted } = jobs([ARGS, ARGS, ARGS]);
    const [first, ...others] = all;
    const following = Promise.all(others.map((each) => each.follow()));
    let cores = 0;
    const found = await first!.lead(async () => {
      cores = first!.coresEach;
      // Longer than the others wait for one that says nothing.
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 'done';
    });
    expect(found).toBe('done');
    expect(cores).toBeGreaterThan(0);
    expect(await following).toEqual([0, 0]);
    expect([...parted].sort()).toEqual([0, 1, 2]);
  });

  it('whose first process fails before training ends in order, and the others say nothing', async () => {
    const { all, parted } = jobs([ARGS, ARGS]);
    const following = all[1]!.follow();
    const failing = all[0]!.lead(() => Promise.reject(badInput('E_X', { what: 'no such config' })));
    await expect(failing).rejects.toThrow('no such config');
    expect(await following).toBe(0);
    expect(parted.size).toBe(2);
  });

  it('of other commands is refused, with both', async () => {
    const { all } = jobs([ARGS, ['train', 'b.json']]);
    const following = all[1]!.follow();
    await expect(all[0]!.lead(() => Promise.resolve())).rejects.toMatchObject({
      code: 'E_WORKER_DIFFERS',
      exitCode: 2,
      message: 'worker 1 was started with other arguments than worker 0: train b.json, not train a.json',
    });
    expect(await following).toBe(0);
  });

  it('of which one does not come ends with words, and nobody parts as if all were well', async () => {
    const { all, parted } = jobs([ARGS, ARGS, ARGS], 0.25);
    const following = all[1]!.follow();
    following.catch(() => undefined);
    const leading = all[0]!.lead(() => Promise.resolve());
    await expect(leading).rejects.toMatchObject({
      code: 'E_WORKER_SILENT',
      exitCode: 1,
      message: 'worker 2 has not answered for 1 seconds: it was stopped, or hangs',
    });
    expect(parted.size).toBe(0);
    await expect(following).rejects.toThrow(/^worker 1: worker 2 has not answered/);
  });
});
