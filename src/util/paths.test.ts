import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCacheDir } from './cache-dir.js';
import { refusalOf } from './refusal.testing.js';
import { shownPath } from './shown-path.js';

describe('defaultCacheDir', () => {
  it('is what INVOLVE_CACHE_DIR says, else where the system keeps such things', () => {
    const all = { INVOLVE_CACHE_DIR: '/mine', XDG_CACHE_HOME: '/xdg', LOCALAPPDATA: '/local' };
    expect(defaultCacheDir(all, 'darwin')).toBe('/mine');
    expect(defaultCacheDir({ ...all, INVOLVE_CACHE_DIR: '' }, 'darwin')).toBe(join('/xdg', 'involve'));
    expect(defaultCacheDir({}, 'darwin')).toBe(join(homedir(), 'Library', 'Caches', 'involve'));
    expect(defaultCacheDir({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'involve', 'cache'));
    expect(defaultCacheDir({}, 'win32')).toBe(join(homedir(), '.cache', 'involve'));
    expect(defaultCacheDir({ LOCALAPPDATA: '/local' }, 'linux')).toBe(join(homedir(), '.cache', 'involve'));
  });

  it('takes ~/ for the own folder, which no shell has put there in the file of a service', () => {
    expect(defaultCacheDir({ INVOLVE_CACHE_DIR: '~/mine' })).toBe(join(homedir(), 'mine'));
    expect(defaultCacheDir({ XDG_CACHE_HOME: '~/xdg' })).toBe(join(homedir(), 'xdg', 'involve'));
    const refused = refusalOf(() => defaultCacheDir({ INVOLVE_CACHE_DIR: '~other/cache' }));
    expect(refused.problems).toEqual([
      {
        what: '"~other/cache" begins with "~", and only "~/" is known, for your own folder',
        where: 'INVOLVE_CACHE_DIR',
        try: 'write that folder in full, or ./~other/cache if it is called so',
      },
    ]);
  });
});

describe('shownPath', () => {
  it('is relative within the folder, absolute outside of it', () => {
    expect(shownPath('/home/me', '/home/me/runs/a')).toBe(join('runs', 'a'));
    expect(shownPath('/home/me', '/home/me')).toBe('.');
    expect(shownPath('/home/me', '/home/you')).toBe('/home/you');
    expect(shownPath('/home/me', '/home')).toBe('/home');
    expect(shownPath('/home/me', '/home/me/..a')).toBe('..a');
  });
});
