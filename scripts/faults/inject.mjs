// Loaded before the program (`node --import`): makes one file operation fail, or the process die at it.
//
// INVOLVE_FAULT=ENOSPC@17   the 17th operation below INVOLVE_FAULT_ROOT fails with that code, all others work
// INVOLVE_FAULT=ENOSPC@17+  it and all that follow
// INVOLVE_FAULT=KILL@17     the process kills itself in its place
// INVOLVE_FAULT=COUNT@0     nothing happens
//
// INVOLVE_FAULT_LOG: a file that gets the name of every operation, a line each.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const [, what, at, onward] = /^(\w+)@(\d+)(\+?)$/.exec(process.env.INVOLVE_FAULT ?? '') ?? [];
const root = process.env.INVOLVE_FAULT_ROOT;
const log = process.env.INVOLVE_FAULT_LOG;

const BY_PATH = [
  ...[
    'open',
    'readFile',
    'writeFile',
    'appendFile',
    'rename',
    'rm',
    'unlink',
    'link',
    'symlink',
    'mkdir',
    'readdir',
  ],
  ...['stat', 'lstat', 'access', 'realpath', 'truncate', 'copyFile', 'opendir', 'statfs'],
];
const BY_DESCRIPTOR = ['read', 'write', 'writev', 'readv', 'fsync', 'fdatasync', 'ftruncate', 'fstat'];
const OF_HANDLES = [
  'read',
  'write',
  'readFile',
  'writeFile',
  'appendFile',
  'sync',
  'datasync',
  'truncate',
  'stat',
];
const real = { appendFileSync: fs.appendFileSync };

if (isMainThread && what !== undefined) await patch();

async function patch() {
  const descriptors = new Map();
  const handles = new WeakMap();
  let count = 0;
  /** An operation of Node's own may be made of others, which are not counted again. */
  let isWithin = false;
  const within = (work) => {
    isWithin = true;
    try {
      return work();
    } finally {
      isWithin = false;
    }
  };

  const isInside = (path) => {
    const text = path instanceof URL ? fileURLToPath(path) : Buffer.isBuffer(path) ? path.toString() : path;
    return typeof text === 'string' && resolve(text).startsWith(root);
  };
  /** The error to fail with now; undefined to go on. */
  const faultAt = (syscall, path) => {
    count++;
    if (log !== undefined) within(() => real.appendFileSync(log, `${count} ${syscall} ${String(path)}\n`));
    if (onward ? count < Number(at) : count !== Number(at)) return undefined;
    if (what === 'COUNT') return undefined;
    if (what === 'KILL') {
      process.kill(process.pid, 'SIGKILL');
      for (;;); // Until it arrives.
    }
    const errno = -(constants.errno[what] ?? 1);
    return Object.assign(new Error(`${what}: injected, ${syscall} '${String(path)}'`), {
      code: what,
      errno,
      syscall,
      path: String(path),
    });
  };

  const patchSync = (name, pathOf, after = () => {}) => {
    const original = fs[name];
    if (original === undefined) return;
    fs[name] = Object.assign((...args) => {
      const path = pathOf(args[0]);
      const fault = isWithin || path === undefined ? undefined : faultAt(name, path);
      if (fault) throw fault;
      const result = isWithin ? original(...args) : within(() => original(...args));
      after(result, path);
      return result;
    }, original);
  };
  const patchCallback = (name, pathOf, after = () => {}) => {
    const original = fs[name];
    if (original === undefined) return;
    const patched = (...args) => {
      const done = args.at(-1);
      const path = pathOf(args[0]);
      if (path === undefined || typeof done !== 'function') return original(...args);
      const fault = faultAt(name, path);
      if (fault) return void process.nextTick(done, fault);
      return original(...args.slice(0, -1), (error, ...results) => {
        if (!error) after(results[0], path);
        done(error, ...results);
      });
    };
    fs[name] = Object.assign(patched, original);
  };
  const patchPromise = (target, name, pathOf, after = () => {}) => {
    const original = target[name];
    if (original === undefined) return;
    target[name] = async function (...args) {
      const path = pathOf(this, args[0]);
      const fault = path === undefined ? undefined : faultAt(name, path);
      if (fault) throw fault;
      const result = await original.apply(this, args);
      after(result, path);
      return result;
    };
  };

  const byPath = (path) => (isInside(path) ? path : undefined);
  const byDescriptor = (descriptor) => descriptors.get(descriptor);
  const remember = (descriptor, path) => {
    if (path === undefined) descriptors.delete(descriptor);
    else descriptors.set(descriptor, path);
  };
  for (const name of BY_PATH) {
    const after = name === 'open' ? remember : undefined;
    patchSync(`${name}Sync`, byPath, after);
    patchCallback(name, byPath, after);
    const keep = name === 'open' ? (handle, path) => path && handles.set(handle, path) : undefined;
    patchPromise(promises, name, (_, path) => byPath(path), keep);
  }
  for (const name of BY_DESCRIPTOR) {
    patchSync(`${name}Sync`, byDescriptor);
    patchCallback(name, byDescriptor);
  }
  const handle = await promises.open(process.execPath);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of OF_HANDLES) patchPromise(prototype, name, (self) => handles.get(self));
  syncBuiltinESMExports();
}
