import type * as sync from 'node:fs';
import type * as promises from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * What is asked of the file system, in order, for tests of what is on the disk when. A test puts these in the place of
 * Node's modules:
 *
 *     vi.mock('node:fs/promises', async (original) => {
 *       const { watchedPromises } = await import('./file-calls.testing.js');
 *       return watchedPromises(await original());
 *     });
 */

/** Calls since the test began: `sync a.txt`, `rename a.txt.tmp to a.txt`. */
export const fileCalls: string[] = [];

/** Runs before each call; what it throws, the call throws. */
let before: (call: string) => void | Promise<void> = () => undefined;

/** The most that the system takes of a write. */
let mostBytes = Infinity;

/** Forgets the calls so far; `hook` sees each call from now on before it is made, and a write takes `most` bytes. */
export function watchFileCalls(hook: typeof before = () => undefined, most = Infinity): void {
  fileCalls.length = 0;
  before = hook;
  mostBytes = most;
}

/** An error as the system throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

type Promises = typeof promises;
type Sync = typeof sync;
type Call = (...args: unknown[]) => unknown;

/** Of a handle. */
const METHODS = ['write', 'writeFile', 'truncate', 'sync', 'datasync', 'close'] as const;

/** `node:fs/promises` that writes down what changes files, and what handles of it do. */
export function watchedPromises(fs: Promises): Promises {
  const open = async (...args: Parameters<Promises['open']>) => {
    const [path, flags] = args;
    await note(`open ${nameOf(path)} ${flags}`);
    const handle = await fs.open(...args);
    for (const method of METHODS) {
      const call = (handle[method] as Call).bind(handle);
      const watched: Call = async (...given) => {
        // Nothing is left open by a test that has it fail.
        if (method === 'close') await call();
        await note(`${method} ${nameOf(path)}`);
        if (method === 'close') return undefined;
        if (method !== 'write') return call(...given);
        const [bytes, offset, length] = given as [Uint8Array, number, number];
        return call(bytes, offset, Math.min(length, mostBytes));
      };
      Object.assign(handle, { [method]: watched });
    }
    return handle;
  };
  const between = Object.fromEntries(
    (['rename', 'link'] as const).map((name) => [
      name,
      async (from: string, to: string) => {
        await note(`${name} ${nameOf(from)} to ${nameOf(to)}`);
        return fs[name](from, to);
      },
    ]),
  );
  return { ...fs, ...between, open } as Promises;
}

/** The same of `node:fs`, where every call is at once. */
export function watchedSync(fs: Sync): Sync {
  const names = new Map<number, string>();
  const openSync = (...args: Parameters<Sync['openSync']>): number => {
    const file = fs.openSync(...args);
    names.set(file, nameOf(args[0]));
    return file;
  };
  const onFile = Object.fromEntries(
    (['writeSync', 'ftruncateSync', 'fdatasyncSync', 'fsyncSync', 'closeSync'] as const).map((name) => [
      name,
      (file: number, ...rest: unknown[]) => {
        void note(`${name.slice(0, -4)} ${names.get(file) ?? file}`);
        return (fs[name] as Call)(file, ...rest);
      },
    ]),
  );
  return { ...fs, ...onFile, openSync } as Sync;
}

// --- internal ---

function note(call: string): void | Promise<void> {
  fileCalls.push(call);
  return before(call);
}

/** Temporary files without what tells writers apart. */
function nameOf(path: unknown): string {
  return basename(String(path)).replace(/^\.(.+)\.\d+-\d+\.tmp$/, '$1.tmp');
}
