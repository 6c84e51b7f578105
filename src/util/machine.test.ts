import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { machineMemory } from './machine-memory.js';
import { packageFile } from './package-file.js';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['nobody says', 0, totalmem()],
  ['there is no limit', 2 ** 63, totalmem()],
  ['a control group leaves less', 1000, 1000],
])('this process may use what the machine has, where %s', (_, constrained, expected) => {
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(constrained);
  expect(machineMemory()).toBe(expected);
});

it('knows the files that come with the program', () => {
  expect(existsSync(packageFile('package.json'))).toBe(true);
  expect(packageFile('configs/exp3.json')).toMatch(/configs.exp3\.json$/);
});
