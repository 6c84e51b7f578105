// Faults put into the built program on purpose: kills, errors of the system, damaged files, two writers, closed pipes.
//
//   npm run test:faults [-- --suites kills,errors,… --times 10 --seed 0 --markdown]
//
// Ends with 1 where something was lost, changed or not said. docs/reliability.md has a table of a long run.
import { parseArgs } from 'node:util';
import { RandomStream } from '../dist/util/random.js';
import { archives } from './faults/archives.mjs';
import { checkpoints } from './faults/checkpoints.mjs';
import { configs } from './faults/configs.mjs';
import { damage } from './faults/damage.mjs';
import { errors } from './faults/errors.mjs';
import { kills } from './faults/kills.mjs';
import { names } from './faults/names.mjs';
import { output } from './faults/output.mjs';
import { workers } from './faults/workers.mjs';
import { FaultWorkspace } from './faults/workspace.mjs';
import { writers } from './faults/writers.mjs';

const SUITES = [kills, errors, damage, writers, output, configs, checkpoints, archives, names, workers];
const { values } = parseArgs({
  options: {
    suites: { type: 'string', default: SUITES.map(({ name }) => name).join() },
    times: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    markdown: { type: 'boolean', default: false },
  },
});
const times = Number(values.times);
const seed = Number(values.seed);

let failures = 0;
const lines = [];
for (const name of values.suites.split(',')) {
  const suite = SUITES.find((each) => each.name === name);
  if (suite === undefined) throw new Error(`no suite "${name}": ${SUITES.map((each) => each.name).join()}`);
  const lacks = suite.needs?.();
  if (lacks !== undefined) {
    process.stdout.write(`     ${name}: left out, ${lacks}\n`);
    continue;
  }
  const work = new FaultWorkspace();
  const started = Date.now();
  try {
    for (const { fault, outcomes, expected } of await suite.run(
      work,
      times,
      new RandomStream(seed, 'faults', name),
    )) {
      const bad = outcomes.filter((outcome) => outcome !== undefined);
      failures += bad.length;
      process.stdout.write(
        `${bad.length === 0 ? 'ok  ' : 'BAD '} ${outcomes.length - bad.length} of ${outcomes.length}  ${fault}\n`,
      );
      for (const each of bad) process.stdout.write(`       ${each}\n`);
      lines.push(
        `| ${fault.replaceAll('|', '\\|')} | ${outcomes.length} | ${outcomes.length - bad.length}: ${expected} |`,
      );
    }
  } finally {
    work.remove();
  }
  process.stdout.write(`     ${name}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}
if (values.markdown)
  process.stdout.write(`\n| fault | times | as it should be |\n| --- | ---: | --- |\n${lines.join('\n')}\n`);
process.stdout.write(`${failures} failures (seed ${seed}, times ${times})\n`);
process.exitCode = failures === 0 ? 0 : 1;
