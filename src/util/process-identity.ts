import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Enough about a process to tell later whether it still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, so that a pid that was given out again is not taken for it; null where unknown. */
  readonly started: string | null;
  readonly host: string;
  /** Changes when the machine starts anew; null where unknown. */
  readonly boot: string | null;
  /** Inside a container pids are counted anew, so that they mean nothing outside of it; null where unknown. */
  readonly pidNamespace: string | null;
}

/** `unknown`: the process lives, or lived, where this one cannot look. */
export type ProcessState = 'running' | 'gone' | 'unknown';

/** The process that runs this. */
export function thisProcess(): ProcessIdentity {
  return processOf(process.pid);
}

/** A process of this machine, such as a child. */
export function processOf(pid: number): ProcessIdentity {
  return {
    pid,
    started: startOf(pid),
    host: hostname(),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** Whether that process still runs, as seen from this one. */
export function stateOf(other: ProcessIdentity, self: ProcessIdentity = thisProcess()): ProcessState {
  if (other.host !== self.host) return 'unknown';
  if (other.boot !== self.boot) return 'gone';
  if (other.pidNamespace !== self.pidNamespace) return 'unknown';
  if (!isRunning(other.pid)) return 'gone';
  const started = startOf(other.pid);
  return other.started === null || started === null || other.started === started ? 'running' : 'gone';
}

// --- internal ---

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in whatever words the system has for it; null where it has none. */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') return startInProc(pid);
  if (process.platform === 'win32') return null;
  const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } } as const;
  return orNull(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim());
}

/** Clock ticks from the start of the machine to that of the process (proc(5), field 22). */
function startInProc(pid: number): string | null {
  return orNull(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in field 2 may hold spaces and parentheses; what follows the last one does not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie writes nothing any more: it counts as gone.
    return fields[0] === 'Z' ? 'ended' : fields[19];
  });
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
