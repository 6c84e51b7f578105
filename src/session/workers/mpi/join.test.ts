import { afterEach, describe, expect, it } from 'vitest';
import { joinOthers } from './join.js';
import type { Launched } from './launched.js';
import type { MpiLibrary } from './library.js';
import { wiresInMemory } from './wire.testing.js';

const before = process.listeners('exit');
afterEach(() => {
  for (const each of process.listeners('exit')) if (!before.includes(each)) process.off('exit', each);
});

/** What a process does at its end. */
function exit(code: number): void {
  for (const each of process.listeners('exit')) if (!before.includes(each)) each.call(process, code);
}

const calls: string[] = [];
/** An MPI of two processes, of which this is one. */
function library(more: Partial<MpiLibrary> = {}): MpiLibrary {
  calls.length = 0;
  const [wire] = wiresInMemory(2);
  return {
    ...{ kind: 'Open MPI', version: 'Open MPI v4.1.4', file: 'libmpi.so.40' },
    init: () => Promise.resolve(),
    place: () => ({ rank: 0, of: 2 }),
    send: (bytes, to) => wire!.send(bytes, to),
    receive: (into, from) => wire!.receive(into, from),
    finalize: () => void calls.push('finalize'),
    abort: (code) => void calls.push(`abort ${code}`),
    exitNow: (code) => void calls.push(`exit ${code}`),
    ...more,
  };
}

const launched: Launched = { rank: 0, of: 2, by: "Open MPI's mpirun", kind: 'Open MPI' };
const join = (mpi: MpiLibrary, rank = 0, end: () => void = () => undefined) =>
  joinOthers({ ...launched, rank }, {}, { load: async () => mpi, seconds: 0.25, end, lastWordMs: 50 });

describe('a process that joins the others', () => {
  it('that parts ends quietly, and one that does not ends all with its exit code', async () => {
    const parted = await join(library());
    expect(parted).toMatchObject({ rank: 0, of: 2, version: 'Open MPI v4.1.4' });
    parted.part();
    exit(0);
    expect(calls).toEqual(['finalize']);
    await join(library());
    exit(3);
    expect(calls).toContain('abort 3');
  });

  it('is refused by an MPI that did not start it', async () => {
    const alone = library({ place: () => ({ rank: 0, of: 1 }) });
    await expect(join(alone)).rejects.toMatchObject({
      code: 'E_MPI_OTHER',
      exitCode: 2,
      message:
        "Open MPI's mpirun has started 2 processes, and this MPI knows of this one alone: Open MPI v4.1.4",
    });
    // In order: the first one tells, and no launcher is to speak before.
    expect(calls).toEqual(['finalize']);
    const other = library({ place: () => ({ rank: 0, of: 1 }) });
    await expect(join(other, 1)).rejects.toThrow(/^worker 1: Open MPI's mpirun has started 2/);
  });

  it('does not wait for others for ever, nor does its end', async () => {
    let isEnded = false;
    const waiting = library({ init: () => new Promise(() => undefined) });
    await expect(join(waiting, 0, () => (isEnded = true))).rejects.toMatchObject({
      code: 'E_MPI_LATE',
      exitCode: 1,
      message: expect.stringMatching(/^worker 0 has waited 0.25 seconds .+ of the 2 processes/) as string,
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(isEnded).toBe(true);
    exit(1);
    expect(calls).toEqual(['exit 1']);
  });
});
