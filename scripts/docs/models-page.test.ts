import { readFileSync } from 'node:fs';
import { packageFile } from '../../src/util/package-file.js';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { page as modelsPage } from './models-page.js';
import { publishedModels } from './published-models.js';

const file = packageFile('docs/models.md');

it('docs/models.md is what the code says', () => {
  expect(readFileSync(file, 'utf8'), 'run: npm run docs:models').toBe(modelsPage());
});

it('is written as the formatter would', async () => {
  const page = modelsPage();
  expect(await format(page, { ...(await resolveConfig(file)), filepath: file })).toBe(page);
});

it('names each network once, with its source', () => {
  const models = publishedModels.flatMap((family) => family.models);
  const names = models.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(models.filter(({ source }) => source === '')).toEqual([]);
});
