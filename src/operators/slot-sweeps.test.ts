import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { publishedRows, variantRows } from './slot-sweeps.js';

const read = (name: string): { list: unknown } =>
  parse(readFileSync(fileURLToPath(new URL(`../../configs/sweeps/${name}.yaml`, import.meta.url)), 'utf8'));

it.each([
  ['operators-in-one-slot', publishedRows],
  ['operators-by-adamw', publishedRows],
  ['operator-variants-in-one-slot', variantRows],
])('configs/sweeps/%s.yaml is what the operators say', (name, rows) => {
  expect(read(name).list, 'run: npm run slot-sweeps').toEqual(rows());
});

it('no two rows of a sweep have one name', () => {
  for (const rows of [publishedRows(), variantRows()]) {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  }
});
