import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { InvolveError } from '../util/errors.js';
import { BenchProcess } from './bench-process.js';

const dir = mkdtempSync(join(tmpdir(), 'involve-bench-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A child whose answer to a batch is a piece of code. */
function childThat(answer: string): BenchProcess {
  const file = join(dir, `${encodeURIComponent(answer).slice(0, 60)}.mjs`);
  writeFileSync(file, `process.on('message', ({ count }) => { ${answer} });`);
  return new BenchProcess(pathToFileURL(file));
}

async function failureOf(work: Promise<unknown>): Promise<InvolveError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvolveError);
  return error as InvolveError;
}

describe('a child process of a benchmark', () => {
  it('answers one request at a time', async () => {
    const child = childThat(`process.send({ type: 'batch', ms: 2 * count })`);
    expect(await child.batch(3)).toEqual({ ms: 6 });
    expect(await child.batch(4)).toEqual({ ms: 8 });
    child.kill();
  });

  it('tells of a problem with its exit code', async () => {
    const child = childThat(
      `process.send({ type: 'failed', error: { code: 'E_X', exitCode: 3, problems: [{ what: 'no engine' }] } })`,
    );
    const { message, exitCode } = await failureOf(child.batch(1));
    child.kill();
    expect([message, exitCode]).toEqual(['no engine', 3]);
  });

  it('that ends is told with its exit code and what the runtime said', async () => {
    const child = childThat(
      `console.error('<--- Last few GCs --->\\n\\nFATAL ERROR: JavaScript heap out of memory'); process.exit(134);`,
    );
    const error = await failureOf(child.batch(1));
    expect(error.message).toBe(
      'its process ended (exit code 134): FATAL ERROR: JavaScript heap out of memory',
    );
    expect(error.problems[0].try).toContain('a smaller --batch');
    expect((await failureOf(child.batch(1))).message).toBe(error.message);
  });

  it('that is killed is told by the signal', async () => {
    const child = childThat(`process.kill(process.pid, 'SIGKILL')`);
    const error = await failureOf(child.batch(1));
    expect(error.message).toBe('its process ended (SIGKILL)');
    expect(error.exitCode).toBe(1);
  });
});
