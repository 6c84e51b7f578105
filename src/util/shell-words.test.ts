import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { oneLine } from './one-line.js';
import { shellWord } from './shell-words.js';

it('leaves plain words alone', () => {
  expect(['runs/a-1', 'model.alpha=0.5', '--set'].map(shellWord)).toEqual([
    ...['runs/a-1', 'model.alpha=0.5', '--set'],
  ]);
});

it.runIf(process.platform !== 'win32')('gives a shell the very words', () => {
  const words = ['', "it's", 'a b', '$HOME', '*', '[1,2]', '"', '\\', 'α'];
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], {
    encoding: 'utf8',
  });
  expect(out.split('\0').slice(0, -1)).toEqual(words);
});

it.runIf(process.platform !== 'win32')('shows them on one line, whatever they hold', () => {
  const words = ['a\nb', '\n', "\u001b[31mit's 1\\n", '\u00071', 'é\u202egpj', '\u2028\u009b', '\t$HOME*'];
  const shown = words.map(shellWord);
  expect(shown.map(oneLine)).toEqual(shown);
  expect(shellWord('a\nb')).toBe("$'a\\012b'");
  const out = execFileSync('bash', ['-c', `printf '%s\\0' ${shown.join(' ')}`], { encoding: 'utf8' });
  expect(out.split('\0').slice(0, -1)).toEqual(words);
});
