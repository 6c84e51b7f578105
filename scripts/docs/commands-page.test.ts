import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { packageFile } from '../../src/util/package-file.js';
import { page } from './commands-page.js';

const file = packageFile('docs/commands.md');

it('docs/commands.md is what the commands declare', () => {
  expect(readFileSync(file, 'utf8'), 'run: npm run docs:commands').toBe(page());
});

it('is written as the formatter would', async () => {
  expect(await format(page(), { ...(await resolveConfig(file)), filepath: file })).toBe(page());
});
