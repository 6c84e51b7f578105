import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from './shell-words.js';

it('leaves plain words alone', () => {
  expect(['runs/a-1', 'model.alpha=0.5', '--set'].map(shellWord)).toEqual([
    ...['runs/a-1', 'model.alpha=0.5', '--set'],
  ]);
});

it.runIf(process.platform !== 'win32')('gives a shell the very words', () => {
  const words = ['', "it's", 'a b', '$HOME', '*', '[1,2]', '"', '\\', 'a\nb', 'α'];
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], {
    encoding: 'utf8',
  });
  expect(out.split('\0').slice(0, -1)).toEqual(words);
});
