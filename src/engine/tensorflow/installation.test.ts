import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultEnginesDir, enginesDirs } from './installation.js';

it('installations go where INVOLVE_ENGINE_DIR says, also below ~/, else into the cache', () => {
  expect(enginesDirs({ INVOLVE_ENGINE_DIR: '/mine' })).toEqual(['/mine']);
  expect(enginesDirs({ INVOLVE_ENGINE_DIR: '~/mine' })).toEqual([join(homedir(), 'mine')]);
  expect(defaultEnginesDir({ INVOLVE_ENGINE_DIR: '', INVOLVE_CACHE_DIR: '~/cache' })).toBe(
    join(homedir(), 'cache/engines'),
  );
});
