// Mutation run: StrykerJS changes the code in small ways, one at a time, and runs the tests that reach the place. Meant
// to be started by scripts/mutation.mjs, which says what is changed and which tests may notice. See docs/mutation.md.

/** Names the reports. */
const name = process.env.INVOLVE_MUTATION_REPORT ?? 'all';

/** Set where a share of the changes is tried. */
const isSample = process.env.INVOLVE_MUTATION_SAMPLE !== undefined;

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', ...(isSample ? ['./scripts/mutation/sample-checker.mjs'] : [])],
  checkers: isSample ? ['sample'] : [],
  // Threads, which the runner asks for; related: only tests that import what is changed.
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  coverageAnalysis: 'perTest',
  // What runs once, when a file is loaded, would have to be tried with every test.
  ignoreStatic: true,
  // Of a text only the tests that pin its words would notice.
  mutator: { excludedMutations: ['StringLiteral'] },
  incremental: true,
  concurrency: 2,
  // Only a hang takes that long.
  timeoutMS: 15_000,
  timeoutFactor: 4,
  dryRunTimeoutMinutes: 20,
  tempDirName: 'reports/mutation/.sandbox',
  ignorePatterns: ['/reports', '/runs', '/datasets/*', '!/datasets/README.md', '/docs/images', '.git'],
  jsonReporter: { fileName: `reports/mutation/${name}.json` },
  htmlReporter: { fileName: `reports/mutation/${name}.html` },
  reporters: ['json', 'html', 'progress-append-only'],
  thresholds: { high: 95, low: 90, break: null },
  disableTypeChecks: false,
  allowConsoleColors: false,
};
