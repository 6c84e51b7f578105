import { expect, it } from 'vitest';
import { badInput, InvolveError, missing, runFailed } from './errors.js';
import { packError, unpackError } from './packed-error.js';

const problem = { what: 'no', where: 'here', try: 'there' };

it('an error has the exit code of its kind, and says all its problems', () => {
  const cause = new Error('deep');
  const made = [badInput, missing, runFailed].map((make) => make('E_X', problem, { cause }));
  expect(made.map(({ exitCode }) => exitCode)).toEqual([2, 3, 1]);
  for (const error of made) {
    expect(error).toBeInstanceOf(InvolveError);
    expect(error).toMatchObject({
      name: 'InvolveError',
      code: 'E_X',
      message: 'no',
      problems: [problem],
      cause,
    });
  }
  const two = badInput('E_X', [problem, { what: 'neither' }]);
  expect([two.message, two.problems.length]).toEqual(['no\nneither', 2]);
});

it('survives a structured clone with its code, its problems and its stack', () => {
  const error = missing('E_X', [problem, { what: 'neither' }]);
  const { code, exitCode, message, problems, stack } = unpackError(structuredClone(packError(error)));
  expect({ code, exitCode, message, problems }).toEqual({
    ...{ code: 'E_X', exitCode: 3, message: 'no\nneither' },
    problems: error.problems,
  });
  expect(stack).toBe(error.stack);
  expect(unpackError(packError(error, 'another')).stack).toBe('another');
  expect(unpackError({ ...packError(error), stack: undefined }).stack).toContain('unpackError');
});
