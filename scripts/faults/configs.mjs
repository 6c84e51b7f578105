// Configs, sweep files and `--set` with mistakes of all kinds, through the command line: it takes them, or says in words what is
// wrong, and comes to an end.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { junk, textOf, valueOf } from './config-arbitrary.mjs';
import { complaint } from './workspace.mjs';

const SCHEMAS = {
  config: JSON.parse(readFileSync(new URL('../../configs/schema.json', import.meta.url), 'utf8')),
  sweep: JSON.parse(readFileSync(new URL('../../configs/sweeps/schema.json', import.meta.url), 'utf8')),
};

export const configs = {
  name: 'configs',
  async run(work, times, random) {
    const drawn = (arbitrary) => fc.sample(arbitrary, { seed: random.integer(2 ** 31), numRuns: times });
    // Mistakes hide behind one another, so that most have few or none.
    const ofSchema = (schema) => fc.oneof(...[0, 0.002, 0.02].map((rate) => valueOf(schema, schema, rate)));
    const config = ofSchema(SCHEMAS.config).map(small);
    const rows = [];
    const row = async (fault, inputs, run) => {
      const outcomes = [];
      let taken = 0;
      for (const input of inputs) {
        const ended = await run(input);
        if (ended.code === 0) taken++;
        const bad = judge(ended);
        outcomes.push(bad && `${bad}\n${indented(input)}`);
      }
      rows.push({
        fault,
        outcomes,
        expected: `${taken} taken, the others refused with words and exit code 2`,
      });
    };
    const written = (name, command) => (text) => {
      work.write(name, text);
      return work.run(command);
    };
    await row(
      'a config of the schema with mistakes, `train --dry-run`',
      drawn(
        fc.oneof(
          config.map((value) => JSON.stringify(value)),
          textOf(config),
        ),
      ),
      written('fuzzed.yaml', ['train', 'fuzzed.yaml', '--dry-run']),
    );
    await row(
      'the same, `summary --json`',
      drawn(config.map((value) => JSON.stringify(value))),
      written('fuzzed.json', ['summary', 'fuzzed.json', '--json']),
    );
    const sweep = ofSchema(SCHEMAS.sweep).map((value) =>
      typeof value === 'object' && value !== null
        ? { ...value, base: 'tiny.json', configs: undefined }
        : value,
    );
    await row(
      'a sweep file of its schema with mistakes, `sweep --dry-run`',
      drawn(
        fc.oneof(
          sweep.map((value) => JSON.stringify(value)),
          textOf(sweep),
        ),
      ),
      written('fuzzed-sweep.yaml', ['sweep', 'fuzzed-sweep.yaml', '--dry-run']),
    );
    const paths = pathsOf(SCHEMAS.config, SCHEMAS.config);
    const flags = fc.array(
      fc
        .tuple(
          fc.constantFrom(...paths),
          fc.oneof(junk, fc.integer(), fc.string({ unit: 'binary', maxLength: 12 })),
        )
        .map(([path, value]) =>
          `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`.replaceAll('\0', ''),
        ),
      { minLength: 1, maxLength: 3 },
    );
    await row('`--set` of any key to anything', drawn(flags), (each) =>
      work.run(['train', 'tiny.json', '--dry-run', ...each.flatMap((text) => ['--set', text])]),
    );
    return rows;
  },
};

/** Bad input is what ends a command here; a set that is not on this machine is 3. */
function judge(ended) {
  const bad = complaint(ended);
  if (bad !== undefined || [0, 2, 3].includes(ended.code))
    return bad && `${bad}: ${ended.stderr.trim().slice(0, 600)}`;
  return `exit code ${ended.code}: ${ended.stderr.trim().slice(0, 600)}`;
}

function indented(input) {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return text.slice(0, 3000).replaceAll(/^/gm, '         ');
}

/** Without folders of this machine, which a config may name. */
function small(config) {
  if (typeof config?.data !== 'object' || config.data === null) return config;
  return { ...config, data: { ...config.data, dir: config.data.dir && 'data' } };
}

function pathsOf(schema, root, prefix = '', depth = 0) {
  if (schema.$ref !== undefined || depth > 4) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix + key;
    const below = [child, ...(child.anyOf ?? [])].flatMap((each) =>
      pathsOf(each, root, `${path}.`, depth + 1),
    );
    return [path, ...below];
  });
}
