import { afterEach, describe, expect, it, vi } from 'vitest';
import { endAtUserSignal, interruptible, requestStop, type Interruption } from './interruption.js';

let stop: Interruption | undefined;
const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
afterEach(() => {
  stop?.end();
  stop = undefined;
  exit.mockClear();
});

describe('interruptible', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
    ['SIGUSR1', 143],
    ['SIGUSR2', 143],
    ['SIGXCPU', 143],
  ] as const)('%s asks to save and ends with %i', (signal, code) => {
    stop = interruptible();
    expect([stop.name, stop.exitCode, stop.signal.aborted]).toEqual([undefined, undefined, false]);
    expect(process.emit(signal, signal)).toBe(true);
    expect([stop.name, stop.exitCode, stop.signal.aborted]).toEqual([signal, code, true]);
    expect(exit).not.toHaveBeenCalled();
  });

  it('ends at once for a second Ctrl-C or SIGTERM, and for no other', () => {
    stop = interruptible();
    process.emit('SIGHUP', 'SIGHUP');
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const) process.emit(signal, signal);
    for (let n = 0; n < 3; n++) requestStop('SIGPIPE');
    expect(exit).not.toHaveBeenCalled();
    process.emit('SIGTERM', 'SIGTERM');
    expect(exit).toHaveBeenLastCalledWith(143);
    process.emit('SIGINT', 'SIGINT');
    expect(exit).toHaveBeenLastCalledWith(130);
    expect(stop.name).toBe('SIGHUP');
  });

  it('gives the signals back', () => {
    const before = process.listenerCount('SIGHUP');
    stop = interruptible();
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    stop.end();
    expect(process.listenerCount('SIGHUP')).toBe(before);
    expect(requestStop('SIGPIPE')).toBe(false);
    expect(stop.signal.aborted).toBe(false);
  });
});

it('a reader that has gone is one signal, to those who can save', () => {
  expect(requestStop('SIGPIPE')).toBe(false);
  stop = interruptible();
  expect(requestStop('SIGPIPE')).toBe(true);
  expect([stop.name, stop.exitCode]).toEqual(['SIGPIPE', 143]);
});

it('SIGUSR1 ends what cannot save, and leaves the others alone', () => {
  endAtUserSignal();
  process.emit('SIGUSR1', 'SIGUSR1');
  expect(exit).toHaveBeenLastCalledWith(143);
  exit.mockClear();
  stop = interruptible();
  process.emit('SIGUSR1', 'SIGUSR1');
  expect(exit).not.toHaveBeenCalled();
  process.removeAllListeners('SIGUSR1');
});
