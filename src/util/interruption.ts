import { ExitCode } from './errors.js';

/** Asks whoever works to save and end: `SIGPIPE` stands for a reader that has gone. */
export type StopReason = (typeof SIGNALS)[number] | 'SIGPIPE';

/**
 * What people and systems end a process with: Ctrl-C, `kill`, a terminal that is closed, the warnings that queues send
 * before a time limit (Slurm's usual ones), and the limit of processor time. Node would open a debugger at SIGUSR1.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/** Signals that end a process at once when it has been told to end before; the others come more than once by themselves. */
const INSISTENT: readonly StopReason[] = ['SIGINT', 'SIGTERM'];

/** What a signal asked for. */
export interface Interruption {
  /** Fires on the first signal. */
  readonly signal: AbortSignal;
  /** Which one it was. */
  readonly name: StopReason | undefined;
  /** What the process ends with for it: 130 or 143. Undefined while there was no signal. */
  readonly exitCode: ExitCode | undefined;
  /** Gives the signals back to Node. */
  end(): void;
}

const working = new Set<(reason: StopReason) => void>();

/**
 * Turns the first signal into an abort, so that the work in progress can be saved. A second Ctrl-C or SIGTERM ends the
 * process at once with the signal's exit code.
 */
export function interruptible(): Interruption {
  const controller = new AbortController();
  let name: StopReason | undefined;
  const stop = (reason: StopReason): void => {
    if (name !== undefined) {
      if (INSISTENT.includes(reason)) process.exit(exitCodeOf(reason));
      return;
    }
    name = reason;
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  working.add(stop);
  return {
    signal: controller.signal,
    get name() {
      return name;
    },
    get exitCode() {
      return name && exitCodeOf(name);
    },
    end() {
      for (const signal of SIGNALS) process.off(signal, stop);
      working.delete(stop);
    },
  };
}

/** Asks what is interruptible to save and end, as a signal does; false where nothing is. */
export function requestStop(reason: StopReason): boolean {
  for (const stop of working) stop(reason);
  return working.size > 0;
}

/** Ends the process at SIGUSR1 where nothing is interruptible, as all other programs do; Node would wait for a debugger. */
export function endAtUserSignal(): void {
  process.on('SIGUSR1', () => {
    if (working.size === 0) process.exit(ExitCode.terminated);
  });
}

function exitCodeOf(reason: StopReason): ExitCode {
  return reason === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
}
