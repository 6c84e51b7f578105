/**
 * Loaded into a process ahead of the program (`NODE_OPTIONS=--import`), makes it believe that it runs on another system:
 * INVOLVE_TEST_SYSTEM is `darwin` or `win32`. What only Linux has is not there, and what Windows refuses is refused.
 * Paths and file names stay those of this machine.
 */
import os from 'node:os';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const system = process.env.INVOLVE_TEST_SYSTEM;

// Its library is one of this machine's: it must be loaded while the process knows where it is.
await import('sharp');

const pretend = (object, name, value) =>
  Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
pretend(process, 'platform', system);
pretend(process, 'arch', system === 'darwin' ? 'arm64' : 'x64');
os.platform = () => system;
os.type = () => (system === 'darwin' ? 'Darwin' : 'Windows_NT');
os.release = () => (system === 'darwin' ? '24.1.0' : '10.0.22631');

const refuse = (code, path) => {
  throw Object.assign(new Error(`${code}: not on ${system}, open '${path}'`), {
    code,
    path,
    syscall: 'open',
  });
};
const isLinuxOnly = (path) => /^\/(proc|sys)(\/|$)|^\/etc\/os-release$/.test(String(path));
const isFolder = (path) => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const check = (name, path) => {
  if (isLinuxOnly(path)) refuse('ENOENT', path);
  // Windows opens no folder as a file.
  if (system === 'win32' && name.startsWith('open') && !name.startsWith('opendir') && isFolder(path))
    refuse('EPERM', path);
};

const looking =
  /^(open|readFile|readlink|readdir|stat|lstat|access|exists|realpath|opendir|watch|createReadStream)(Sync)?$/;
for (const api of [fs, fs.promises]) {
  for (const name of Object.keys(api).filter((key) => looking.test(key))) {
    const real = api[name];
    api[name] = Object.assign((path, ...others) => {
      if (name.startsWith('exists') && isLinuxOnly(path)) return false;
      check(name, path);
      return real.call(api, path, ...others);
    }, real);
  }
}

if (system === 'win32') {
  for (const name of ['getuid', 'geteuid', 'getgid', 'getegid', 'setuid']) pretend(process, name, undefined);
  const known = new Set(['SIGHUP', 'SIGINT', 'SIGILL', 'SIGABRT', 'SIGFPE', 'SIGKILL', 'SIGSEGV', 'SIGTERM']);
  const kill = process.kill.bind(process);
  process.kill = (pid, signal) => {
    if (typeof signal === 'string' && !known.has(signal)) {
      throw Object.assign(new TypeError(`Unknown signal: ${signal}`), { code: 'ERR_UNKNOWN_SIGNAL' });
    }
    return kill(pid, signal);
  };
}
syncBuiltinESMExports();
