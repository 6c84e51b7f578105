// A little of `npm run test:faults` in every run of the tests.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RandomStream } from '../../src/util/random.ts';
import { archives } from './archives.mjs';
import { configs } from './configs.mjs';
import { errors } from './errors.mjs';
import { kills } from './kills.mjs';
import { FaultWorkspace } from './workspace.mjs';

let work;
beforeAll(() => {
  work = new FaultWorkspace();
});
afterAll(() => work.remove());

it.each([kills, errors, configs, archives])(
  '$name: nothing is lost, and nothing goes unsaid',
  async ({ name, run }) => {
    const rows = await run(work, 1, new RandomStream(0, 'faults', name));
    expect(rows.length).toBeGreaterThan(3);
    for (const { fault, outcomes } of rows) expect(outcomes, fault).toEqual(outcomes.map(() => undefined));
  },
);
