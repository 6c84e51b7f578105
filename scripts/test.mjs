// The whole check of the project, as CI runs it: build, types, lint, format, tests (those of the TensorFlow engine
// where it can be installed), changes to one file that they should notice, and one real run of the command line on each
// engine. Ends with a line
// `N passed, N failed`; exit code 0 only if nothing failed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const scratch = mkdtempSync(join(tmpdir(), 'involve-test-'));
/** The longest that installing TensorFlow may hold up the tests. */
const ENGINE_MS = 5 * 60_000;
let passed = 0;
let failed = 0;

/** The script of a package's command, run by this very Node. */
function command(name, bin = name) {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin: bins } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bins === 'string' ? bins : bins[bin]);
}

function run(title, script, args, cwd = root) {
  process.stdout.write(`\n== ${title}\n`);
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd, stdio: 'inherit' });
  process.stdout.write(
    `== ${title}: ${status === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - started) / 1000).toFixed(0)} s\n`,
  );
  return status === 0;
}

function check(title, script, args, cwd) {
  if (run(title, script, args, cwd)) passed++;
  else failed++;
}

/**
 * Whether TensorFlow is here: puts it where its tests look for it, the default cache, unless it is there. It comes
 * through the machine's own pip and network, neither of which this project needs otherwise: without them its tests
 * are skipped, and the line says why.
 */
function installEngine() {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin/involve.js'), 'engine', 'install', 'cpu', '--quiet'],
    { cwd: scratch, encoding: 'utf8', timeout: ENGINE_MS },
  );
  const problem =
    /^error: (.*)/m.exec(stderr ?? '')?.[1] ??
    (status === null ? `it took more than ${ENGINE_MS / 60_000} minutes` : `exit code ${status}`);
  const said =
    status === 0 ? stdout.trim().split('\n').slice(0, 3).join('; ') : `skipped, because ${problem}`;
  process.stdout.write(`\ntensorflow engine: ${said} (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
  return status === 0;
}

function vitest(filters) {
  const report = join(scratch, 'vitest.json');
  const ok = run('tests', command('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...filters,
  ]);
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    // A file that cannot be loaded, or whose hooks fail, has no failed test, yet is a failure.
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
    );
    failed += numFailedTests + broken.length || (ok ? 0 : 1);
  } catch {
    failed++;
  }
}

try {
  const filters = process.argv.slice(2);
  const all = filters.length === 0;
  check('build', join(root, 'scripts/build.mjs'), []);
  if (failed === 0) {
    if (all) {
      check('types', command('typescript', 'tsc'), ['-p', 'tsconfig.json', '--noEmit']);
      check('lint', command('eslint'), ['.']);
      check('format', command('prettier'), ['--check', '--log-level', 'warn', '.']);
    }
    const engines = all && installEngine() ? ['wasm', 'tensorflow'] : ['wasm'];
    vitest(filters);
    // A small share of `npm run test:mutation`: a file whose tests notice nearly every change.
    if (all) {
      const changes = ['src/util/number-text.ts', '--least', '90', '--concurrency', '1'];
      check('what the tests notice of changes to a file', join(root, 'scripts/mutation.mjs'), changes);
    }
    for (const engine of all ? engines : []) {
      const involve = join(root, 'bin/involve.js');
      const out = join(scratch, engine);
      const args = ['train', join(root, 'configs/exp3.json'), '--smoke', '--engine', engine, '--out', out];
      check(`a smoke run of exp3, ${engine}`, involve, args, scratch);
      check('its evaluation', involve, ['eval', out], scratch);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
