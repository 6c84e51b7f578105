import { PassThrough } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import type { Problem } from '../util/errors.js';
import { interruptible, type Interruption } from '../util/interruption.js';
import { isInteractive, lineWriter, watchedOutput } from './output.js';

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

it('prints what names hold as it reads, and not as what steers a terminal', () => {
  const { output, text } = watched();
  output.print('run folder   a\u001b[31m\u202e');
  expect(text()).toBe('run folder   a\\u001b[31m\\u202e\n');
  const names = ['\u001b[2J', 'a\nb', '\u009b\u202e'];
  output.print(JSON.stringify(names, null, 2));
  const json = text();
  expect(json).toMatch(/^[\n\u0020-\u007e]+$/);
  expect(json.split('\n')).toHaveLength(6);
  expect(JSON.parse(json)).toEqual(names);
});

it('writes a warning on one line', () => {
  const stream = new PassThrough();
  const note = lineWriter(stream as unknown as NodeJS.WriteStream);
  note('note: the classes "a\nerror: b" and "\u001b[31mc"');
  expect(String(stream.read())).toBe('note: the classes "a\\nerror: b" and "\\u{1b}[31mc"\n');
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

it.each([
  [true, 'xterm-256color', true],
  [true, undefined, true],
  [true, 'dumb', false],
  [false, 'xterm-256color', false],
  [undefined, 'xterm-256color', false],
])('a line can be taken back where there is a terminal that is not dumb: %s, %s', (isTTY, TERM, can) => {
  expect(isInteractive({ isTTY }, { TERM })).toBe(can);
});
