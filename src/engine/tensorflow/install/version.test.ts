import { expect, it } from 'vitest';
import { refusalOf } from '../../../util/refusal.testing.js';
import { checkVersion, isUsableVersion, TENSORFLOW_VERSION } from './version.js';

it.each([
  [TENSORFLOW_VERSION, TENSORFLOW_VERSION],
  ['2.21', '2.21.0'],
  ['2.15', '2.15.0'],
  ['2.15.1', '2.15.1'],
  ['2.100.0', '2.100.0'],
  ['3.0rc12', '3.0.0rc12'],
  ['2.21.0.post1', '2.21.0.post1'],
])('%s is %s', (given, version) => {
  expect(checkVersion(given)).toBe(version);
});

it.each(['', '2', '2.x', 'd.d', '2.21.0-rc1', '2.21.0.1', ' 2.21', '2.21.0\n', 'v2.21'])(
  '%j is none',
  (given) => {
    expect(() => checkVersion(given)).toThrow(/^--version expects a version of TensorFlow such as /);
  },
);

it('one that is too old is refused, with the one to take', () => {
  expect(['2.14.9', '2.9.0', '1.15.0'].map(isUsableVersion)).toEqual([false, false, false]);
  expect(refusalOf(() => checkVersion('2.9'))).toEqual({
    ...{ code: 'E_VERSION', exitCode: 2 },
    problems: [
      {
        what: '--version expects TensorFlow 2.15.0 or newer, received 2.9',
        try: `--version ${TENSORFLOW_VERSION}`,
      },
    ],
  });
});
