import { describe, expect, it } from 'vitest';
import { badInput, missing, runFailed } from '../util/errors.js';
import { renderError } from './errors.js';

const again = 'involve train x.json --debug';

describe('renderError', () => {
  it('shows what, where and what to do, problem after problem', () => {
    const error = badInput('E_X', [
      { what: 'this is wrong', where: 'a.json:1: x', try: 'do that' },
      { what: 'that too' },
    ]);
    expect(renderError(error, false, again)).toEqual({
      lines: ['error: this is wrong', '  at a.json:1: x', '  try: do that', 'error: that too'],
      exitCode: 2,
    });
  });

  it('keeps each on its line, and out of the hands of a terminal, whatever names hold', () => {
    const error = badInput('E_X', {
      what: 'there is no run folder no\u001b[31m\nrun',
      where: 'a\u202eb',
      try: "rm $'a\\012b' \u0007",
    });
    expect(renderError(error, false, again).lines).toEqual([
      'error: there is no run folder no\\u{1b}[31m\\nrun',
      '  at a\\u{202e}b',
      "  try: rm $'a\\012b' \\u{7}",
    ]);
    const defect = renderError(new Error('a\u001b[2Jb'), false, again);
    expect(defect.lines[0]).toBe('error: a\\u{1b}[2Jb');
  });

  it('keeps the exit code of its kind', () => {
    expect(renderError(runFailed('E_X', { what: 'x' }), false, again).exitCode).toBe(1);
    expect(renderError(missing('E_X', { what: 'x' }), false, again).exitCode).toBe(3);
  });

  it('is short about what nobody expected, and says how to see more', () => {
    const error = new TypeError('undefined is not a function\nsecond line');
    expect(renderError(error, false, again)).toEqual({
      lines: ['error: undefined is not a function', `  try: ${again}`],
      exitCode: 1,
    });
    expect(renderError('thrown text', false, again).lines[0]).toBe('error: thrown text');
    expect(renderError(new Error(''), false, again).lines[0]).toBe('error: something unexpected');
  });

  it('shows the stack and the stacks of its causes with --debug', () => {
    const error = runFailed('E_X', { what: 'outer' }, { cause: new Error('inner') });
    const text = renderError(error, true, again).lines.join('\n');
    expect(text).toMatch(/^error: outer\nInvolveError: outer\n {4}at .*\nError: inner\n {4}at /s);
  });
});
