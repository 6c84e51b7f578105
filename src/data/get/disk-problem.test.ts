import { expect, it } from 'vitest';
import type { InvolveError } from '../../util/errors.js';
import { diskProblem } from './disk-problem.js';

const problemOf = (code: string) => diskProblem(Object.assign(new Error('of the system'), { code }), '/data');

it.each(['ENOSPC', 'EDQUOT'])('%s: there is no room', (code) => {
  const problem = problemOf(code) as InvolveError;
  expect(problem).toMatchObject({ code: 'E_DISK_FULL', exitCode: 1 });
  expect(problem.problems).toEqual([
    { what: 'the disk is full', where: '/data', try: 'make room, or choose another place: --dir DIR' },
  ]);
  expect(problem.cause).toMatchObject({ code });
});

it.each(['EACCES', 'EROFS', 'EPERM'])('%s: a place that can be written is missing', (code) => {
  const problem = problemOf(code) as InvolveError;
  expect(problem).toMatchObject({ code: 'E_NOT_WRITABLE', exitCode: 3 });
  expect(problem.problems).toEqual([
    { what: `the folder cannot be written (${code})`, where: '/data', try: '--dir DIR' },
  ]);
  expect(problem.cause).toMatchObject({ code });
});

it('is none of what the disk has no part in', () => {
  expect(problemOf('ECONNRESET')).toBeNull();
  expect(diskProblem(new Error('other'), '/data')).toBeNull();
});
