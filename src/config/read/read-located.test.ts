import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHOWN_PROBLEMS } from '../../util/errors.js';
import { ConfigFolder, MINIMAL } from '../testing.js';
import { toPlain } from '../located.js';
import { readLocated } from './read-located.js';

let configs: ConfigFolder;
beforeEach(() => {
  configs = new ConfigFolder();
});
afterEach(() => configs.remove());

/** What is wrong with a file: `where | what | try`. */
function problems(name: string, content: string | Buffer): string[] {
  writeFileSync(`${configs.path}/${name}`, content);
  const read = readLocated(`${configs.path}/${name}`, name);
  if (!('problems' in read)) return [];
  return read.problems.map((each) => [each.where, each.what, each.try].filter(Boolean).join(' | '));
}

describe('a text that is more than a config', () => {
  it('is refused where its aliases, written out, are too many values', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    expect(problems('a.yaml', ['a0: &a0 [x]', ...levels].join('\n'))).toEqual([
      'a.yaml:15 | more than 50,000 values, aliases written out | a config has some hundred: look for aliases of aliases and for long lists',
    ]);
  });

  it.each([
    ['flow lists', `a: ${'['.repeat(900)}${']'.repeat(900)}`],
    ['brackets that are never closed', `a: ${'['.repeat(500_000)}`],
    ['lists in a line', `a:\n  ${'- '.repeat(100_000)}x`],
    ['keys below keys', Array.from({ length: 70 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('is refused where it is nested deep: %s', (_, text) => {
    const [problem, ...more] = problems('a.yaml', text);
    expect(problem).toMatch(/^a\.yaml:\d+ \| nested more than 64 levels deep \| /);
    expect(more).toEqual([]);
  });

  it('is refused where a list is too long, or the whole text', () => {
    expect(problems('a.yaml', `a: [${'1,'.repeat(400_000)}1]`)[0]).toMatch(
      /^a\.yaml:1 \| more than 50,000 values/,
    );
    expect(problems('a.yaml', '# a comment\n'.repeat(100_000))[0]).toMatch(
      /^a\.yaml \| the file is larger than 1,048,576 bytes, which no config is \| /,
    );
  });

  it('is told the first of many mistakes, and how many more there are', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `key${i}: 1`);
    configs.write(
      'a.yaml',
      `data: { name: scenes, inputSize: 32 }\nmodel: { family: efficientnet }\n${keys.join('\n')}`,
    );
    const error = configs.error('a.yaml');
    expect(error.problems).toHaveLength(20_001);
    expect(error.message.split('\n')).toHaveLength(SHOWN_PROBLEMS + 1);
    expect(error.message).toMatch(/\n… and 19,981 more$/);
  });
});

describe('what YAML has and a config has not', () => {
  it.each([
    ['tags', 'a: 1\nb: !!js/function x', 'a.yaml:2 | the tag !!js/function is not known'],
    ['bytes', 'a: !!binary aGk=', 'a.yaml:1 | the tag !!binary is not known'],
    ['sets', 'a: !!set { b, c }', 'a.yaml:1 | the tag !!set is not known'],
    ['merge keys', 'a: &a { b: 1 }\nc:\n  <<: *a', 'a.yaml:3 | the merge key "<<" of YAML 1.1 is not known'],
    ['merge keys of 1.1', '%YAML 1.1\n---\na: &a { b: 1 }\nc: { <<: *a }', 'a.yaml:4 | the merge key "<<"'],
    ['several documents', 'a: 1\n---\nb: 1', 'a.yaml:2 | there are several documents in the file'],
    ['no anchor', 'a: *b', 'a.yaml:1 | there is no anchor &b before the alias *b | write the value out'],
    [
      'a circle',
      'a: &a\n  b: *a',
      'a.yaml:2 | the alias *a stands for a value that holds it | write the value out',
    ],
    ['tabs', 'a:\n\tb: 1', 'a.yaml:2 | a tab indents the line | indent with spaces'],
    [
      'a key twice',
      'a: 1\nb: 2\na: 3',
      'a.yaml:3 | the key "a" is given twice | keep one of them; the first is in line 1',
    ],
    [
      'a decimal comma in braces',
      'a: {b: 1,\n  c: -1,5e-3}',
      'a.yaml:2 | "5e-3" stands where a key belongs | write a decimal point, since a comma ends the value: c: -1.5e-3',
    ],
    [
      'two of them with the same end',
      'a: {b: 0,001, c: 1,001}',
      'a.yaml:1 | "001" stands where a key belongs | write a decimal point, since a comma ends the value: b: 0.001',
    ],
  ])('%s', (_, text, expected) => {
    const [first] = problems('a.yaml', text);
    expect(first).toContain(expected);
  });

  it('takes a number for a key where it is one', () => {
    for (const text of ['a: {b: x, 5}', 'a: {5}', 'a: {b: 1, 5: 2}', 'a: {b: 1, c5}', 'a:\n  b: 1\n  ? 5\n'])
      expect(problems('a.yaml', text), text).toEqual([]);
  });

  it('takes the anchor that stands last before an alias', () => {
    expect(problems('b.yaml', 'a: &x 1\nb: *x\nc: &x 3\nd: *x\n')).toEqual([]);
    const read = readLocated(`${configs.path}/b.yaml`, 'b.yaml');
    expect('node' in read && toPlain(read.node)).toEqual({ a: 1, b: 1, c: 3, d: 3 });
  });

  it('whatever __proto__ is called, it is a key', () => {
    configs.write(
      'a.json',
      `{ "__proto__": { "name": "x" }, "constructor": 1, ${JSON.stringify(MINIMAL).slice(1)}`,
    );
    expect(configs.error('a.json').problems.map(({ what }) => what)).toEqual([
      'unknown key "__proto__"',
      'unknown key "constructor"',
    ]);
  });
});

describe('a file that is no text', () => {
  it.each([
    ['UTF-16', Buffer.from('\uFEFFname: a\n', 'utf16le'), 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from('name: a\n', 'utf16le'), 'UTF-16LE'],
    ['UTF-16, the other way round', Buffer.from('\uFEFFname: a\n', 'utf16le').swap16(), 'UTF-16'],
    ['the same without a mark', Buffer.from('name: a\n', 'utf16le').swap16(), 'UTF-16BE'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'UTF-32'],
    ['UTF-32, the other way round', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x61]), 'UTF-32'],
  ])('%s says how it becomes one', (_, bytes, encoding) => {
    expect(problems('a b.yaml', bytes)).toEqual([
      `a b.yaml | the config is written in ${encoding}, not in UTF-8 | save it as UTF-8, or: iconv -f ${encoding} -t UTF-8 'a b.yaml' > utf-8.yaml`,
    ]);
  });

  it.each([
    [
      'Latin-1',
      Buffer.from('name: a\ndescription: caf\u00E9\n', 'latin1'),
      'a.yaml:2 | the file is no text: byte e9',
    ],
    [
      'a picture',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]),
      'a.yaml:3 | the file is no text: byte 00',
    ],
    [
      'zeros and then half a mark',
      Buffer.from([0, 0, 0x61, 0xff]),
      'a.yaml:1 | the file is no text: byte 00',
    ],
    [
      'letters and then half a mark',
      Buffer.from([0x61, 0x61, 0xfe, 0xff]),
      'a.yaml:1 | the file is no text: byte fe',
    ],
    [
      'letters of UTF-32 without a mark',
      Buffer.from([0, 0, 0, 0x61]),
      'a.yaml:1 | the file is no text: byte 00',
    ],
    ['a zero between two', Buffer.from([0x61, 0, 0xfe, 0xff]), 'a.yaml:1 | the file is no text: byte 00'],
    ['a letter of UTF-32', Buffer.from([0x61, 0, 0, 0]), 'a.yaml:1 | the file is no text: byte 00'],
    ['three bytes', Buffer.from([0, 0x61, 0]), 'a.yaml:1 | the file is no text: byte 00'],
    ['a mark of UTF-16 and a letter beyond Latin', Buffer.from([0xff, 0xfe, 0, 1]), 'written in UTF-16,'],
    [
      'half a mark after a letter',
      Buffer.from([0x61, 0xff, 0x61]),
      'a.yaml:1 | the file is no text: byte ff',
    ],
    [
      'cut off within a letter',
      Buffer.from([0x61, 0x3a, 0x20, 0xe2, 0x82]),
      'a.yaml:1 | the file is no text: byte e2',
    ],
  ])('%s', (_, bytes, expected) => {
    expect(problems('a.yaml', bytes)[0]).toContain(expected);
  });

  it('a device without an end is read no further than a config goes', () => {
    expect(readLocated('/dev/zero', '/dev/zero')).toMatchObject({ problems: [{ where: '/dev/zero:1' }] });
  });
});

describe('extends', () => {
  it('goes on for so many files', () => {
    for (let i = 0; i < 40; i++) configs.write(`${i}.yaml`, `extends: ${i + 1}.yaml\n`);
    expect(configs.error('0.yaml').problems).toEqual([
      {
        what: '32 configs extend each other already, and 32.yaml would be one more',
        where: '31.yaml:1: extends',
        try: 'put what they say into fewer files',
      },
    ]);
  });

  it('wants keys of what is extended', () => {
    configs.write('a.yaml', 'extends: b.yaml\n');
    configs.write('b.yaml', 'name:x\n');
    expect(configs.error('a.yaml').problems).toEqual([
      {
        what: 'a config is keys and their values, and the whole of this file is "name:x"',
        where: 'b.yaml:1',
        try: 'YAML wants a space after the colon: name: x',
      },
    ]);
  });
});
