import { expect, it } from 'vitest';
import { loadingNote } from './loading-note.js';

const note = (
  dataMs: number,
  stepMs: number,
  batchMs: number,
  workers: number,
  cores = 8,
  decodes = false,
  batches = 50,
): string | undefined => loadingNote({ dataMs, stepMs }, { workers, batches, batchMs, decodes }, cores, 4);

it('says nothing where steps hardly wait, or where nothing was measured', () => {
  expect(note(5, 100, 300, 1)).toBeUndefined();
  expect(note(0, 0, 300, 1)).toBeUndefined();
  expect(note(50, 100, 300, 1, 8, false, 19)).toBeUndefined();
  expect(loadingNote({ dataMs: 50, stepMs: 100 }, undefined)).toBeUndefined();
});

it('says how many threads make a batch a step', () => {
  expect(note(210, 100, 310, 1)).toBe(
    'each step of 100 ms waited 210 ms (210 %) for its batch, which takes a thread 310 ms to make: data.workers=4 would do, and it is 1',
  );
  expect(note(0.6, 9.9, 19.8, 1)).toMatch(
    /step of 9\.9 ms waited 0\.6 ms \(6 %\).* data\.workers=2 would do/,
  );
});

it('says that more images are decoded at once in a wider pool alone', () => {
  expect(note(500, 100, 510, 4, 8, true)).toMatch(
    /: data\.workers=6 would do, with UV_THREADPOOL_SIZE=6 in the environment, and it is 4$/,
  );
  expect(note(300, 100, 310, 1, 8, true)).toMatch(/: data\.workers=4 would do, and it is 1$/);
});

it('says where no number of threads would do', () => {
  expect(note(210, 100, 310, 1, 2)).toMatch(
    /: data\.workers would have to be 4, and this machine has 2 cores$/,
  );
  expect(note(30, 100, 90, 1)).toMatch(
    /: 1 thread should do \(data\.workers\), but the step and the disk take their share$/,
  );
});
