import { describe, expect, it } from 'vitest';
import { expandBraces, globTest } from './file-pattern.js';

describe('expandBraces', () => {
  // What bash 5.2 prints for `echo PATTERN`.
  it.each([
    ['a.tar', ['a.tar']],
    ['a-{000..003}.tar', ['a-000.tar', 'a-001.tar', 'a-002.tar', 'a-003.tar']],
    ['a-{9..11}.tar', ['a-9.tar', 'a-10.tar', 'a-11.tar']],
    ['a-{08..11}.tar', ['a-08.tar', 'a-09.tar', 'a-10.tar', 'a-11.tar']],
    ['{2..0}', ['2', '1', '0']],
    ['{train,extra}-{0..1}', ['train-0', 'train-1', 'extra-0', 'extra-1']],
    ['a{1}.tar', ['a{1}.tar']],
  ])('%s', (pattern, names) => {
    expect(expandBraces(pattern)).toEqual(names);
  });
});

describe('globTest', () => {
  it.each([
    ['train-*.tar', 'train-001.tar', true],
    ['train-*.tar', 'train-001.tar.gz', false],
    ['train-*.tar', 'trainx001.tar', false],
    ['train-?.tar', 'train-1.tar', true],
    ['train-?.tar', 'train-11.tar', false],
    ['[a-c]?.tar', 'b1.tar', true],
    ['[!a-c]?.tar', 'b1.tar', false],
    ['a+(b).tar*', 'a+(b).tar', true],
    ['*', '.hidden', false],
    ['[', '[', true],
  ])('%s of %s: %s', (glob, name, answer) => {
    expect(globTest(glob)(name)).toBe(answer);
  });
});
