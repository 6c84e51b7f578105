import { ExitCode } from './errors.js';

/** What a signal asked for. */
export interface Interruption {
  /** Fires on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Which one it was. */
  readonly name: 'SIGINT' | 'SIGTERM' | undefined;
  /** What the process ends with for it: 130 or 143. Undefined while there was no signal. */
  readonly exitCode: ExitCode | undefined;
  /** Gives the signals back to Node. */
  end(): void;
}

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that the work in progress can be saved. A second one
 * ends the process at once with the signal's exit code.
 */
export function interruptible(): Interruption {
  const controller = new AbortController();
  let name: Interruption['name'];
  const onSignal = (received: 'SIGINT' | 'SIGTERM'): void => {
    if (name !== undefined) process.exit(exitCodeOf(received));
    name = received;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    get name() {
      return name;
    },
    get exitCode() {
      return name && exitCodeOf(name);
    },
    end() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

function exitCodeOf(signal: 'SIGINT' | 'SIGTERM'): ExitCode {
  return signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
}
