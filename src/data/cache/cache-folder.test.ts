import { join } from 'node:path';
import { expect, it } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import { cacheProblem } from './cache-folder.js';

const CACHE = join('/', 'var', 'cache');
const problemOf = (error: object) =>
  cacheProblem(Object.assign(new Error('of the system'), error), CACHE) as InvolveError;

it.each(['ENOSPC', 'EDQUOT'])('%s: the images do not fit', (code) => {
  const problem = problemOf({ code, syscall: 'write' });
  expect(problem).toMatchObject({ code: 'E_DATA_CACHE_FULL', exitCode: 1, cause: { code } });
  expect(problem.problems[0]).toMatchObject({
    what: 'the disk is full: the decoded images do not fit',
    where: CACHE,
  });
});

it.each<[string, object]>([
  ['in it', { path: join(CACHE, 'pixels') }],
  ['above it', { path: join('/', 'var') }],
  ['where no path is told', { syscall: 'write' }],
])('what may not be written %s is of the cache', (_, more) => {
  const problem = problemOf({ code: 'EACCES', ...more });
  expect(problem).toMatchObject({ code: 'E_DATA_CACHE', exitCode: 3, cause: { code: 'EACCES' } });
  expect(problem.problems[0]).toMatchObject({ where: CACHE });
  expect(problem.problems[0]!.what).toMatch(/^the cache folder cannot be written: .+ \(EACCES\)$/);
});

it.each<[string, object]>([
  ['elsewhere', { code: 'EACCES', path: join('/', 'images', 'a.png') }],
  ['what was read', { code: 'EACCES', syscall: 'read' }],
  ['what the system does not say of a folder', { code: 'EBADF', path: CACHE }],
])('%s: stays what it is', (_, error) => {
  expect(problemOf(error)).not.toBeInstanceOf(InvolveError);
});
