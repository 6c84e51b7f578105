import { PassThrough } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import type { Problem } from '../util/errors.js';
import { interruptible, type Interruption } from '../util/interruption.js';
import { watchedOutput } from './output.js';

let stop: Interruption | undefined;
afterEach(() => {
  stop?.end();
  stop = undefined;
});

function watched() {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough;
  const ends: (Problem | undefined)[] = [];
  const output = watchedOutput(stream, (problem) => ends.push(problem));
  const fail = (code: string): void => void stream.emit('error', Object.assign(new Error(code), { code }));
  return { stream, output, ends, fail, text: () => String(stream.read() ?? '') };
}

it('prints lines until one cannot be written', () => {
  const { output, fail, text } = watched();
  output.print('a');
  output.print('b');
  expect(text()).toBe('a\nb\n');
  fail('EPIPE');
  output.print('c');
  expect(text()).toBe('');
});

it('ends a command quietly where the reader has gone, and with words where there is no room', () => {
  const gone = watched();
  gone.fail('EPIPE');
  gone.fail('EPIPE');
  expect(gone.ends).toEqual([undefined]);

  const full = watched();
  full.fail('ENOSPC');
  expect(full.ends).toEqual([
    {
      what: 'the results cannot be written to standard output: the disk that it goes to is full',
      try: 'send the output to a place with room',
    },
  ]);
});

it('asks a training to save, once, and leaves the end to it', () => {
  stop = interruptible();
  const { ends, fail, output } = watched();
  fail('ENOSPC');
  fail('ENOSPC');
  expect(ends).toEqual([]);
  expect(stop.name).toBe('SIGPIPE');
  expect(output.problem?.what).toContain('is full');
});
