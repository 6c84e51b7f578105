// Writes the lists of the sweeps over all operators in one slot from what the operators say: npm run slot-sweeps
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { publishedRows, variantRows } from '../dist/operators/slot-sweeps.js';

const sweeps = {
  'operators-in-one-slot': publishedRows(),
  'operators-by-adamw': publishedRows(),
  'operator-variants-in-one-slot': variantRows(),
};
for (const [name, rows] of Object.entries(sweeps)) {
  const file = fileURLToPath(new URL(`../configs/sweeps/${name}.yaml`, import.meta.url));
  const list = rows.map((row) => {
    const set = stringify(row.set, { collectionStyle: 'flow', lineWidth: 0 }).trim();
    return `  - name: ${row.name}\n    set: ${set}\n`;
  });
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(/^list:\n(?: .*\n)*/m, () => `list:\n${list.join('')}`),
  );
}
