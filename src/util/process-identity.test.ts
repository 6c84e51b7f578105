import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { processOf, stateOf, thisProcess, type ProcessIdentity } from './process-identity.js';

// Above the greatest pid that Linux gives out.
const NO_PID = 2 ** 22 + 1;

describe('stateOf', () => {
  const self = thisProcess();
  it.each<[string, Partial<ProcessIdentity>, string]>([
    ['this process', {}, 'running'],
    ['one whose pid nobody has', { pid: NO_PID }, 'gone'],
    ['one that had the pid before', { started: '1' }, 'gone'],
    ['one of which the start is unknown', { started: null }, 'running'],
    ['one from before the machine started anew', { boot: 'another' }, 'gone'],
    ['one of another host', { host: 'another' }, 'unknown'],
    [
      'one of another host, whose pid nobody has here',
      { host: 'another', pid: NO_PID, boot: 'x' },
      'unknown',
    ],
    ['one in another container', { pidNamespace: 'pid:[1]' }, 'unknown'],
    [
      'one in another container, whose pid nobody has here',
      { pidNamespace: 'pid:[1]', pid: NO_PID },
      'unknown',
    ],
    ['one in another container before the machine started anew', { pidNamespace: 'x', boot: 'y' }, 'gone'],
  ])('of %s', (_, changes, state) => {
    expect(stateOf({ ...self, ...changes })).toBe(state);
    expect(stateOf({ ...self, ...changes }, self)).toBe(state);
  });

  it('of a child, before and after it ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const identity = processOf(child.pid!);
    expect(identity).toMatchObject({ pid: child.pid, host: self.host, boot: self.boot });
    expect(identity.started).not.toBe(self.started);
    expect(stateOf(identity)).toBe('running');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(stateOf(identity)).toBe('gone');
  });

  it.runIf(process.platform === 'linux')('of one that has ended and that nobody has asked how', async () => {
    // The shell becomes a process that waits for no child.
    const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    const [text] = (await once(parent.stdout!, 'data')) as [Buffer];
    const identity = processOf(Number(text));
    expect(stateOf(identity)).toBe('running');
    (parent.stdio[3] as Writable).end();
    await vi.waitFor(() => expect(processOf(identity.pid).started).toBe('ended'), 10_000);
    expect(stateOf(identity)).toBe('gone');
    parent.kill('SIGKILL');
  });

  // The start of process 1 is known; signals to it are not allowed.
  it.runIf(process.platform === 'linux' && process.getuid?.() !== 0)('of a process of another user', () => {
    expect(stateOf(processOf(1))).toBe('running');
  });
});
