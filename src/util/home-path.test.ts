import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { refusalOf } from './refusal.testing.js';
import { resolveUserPath, withHome } from './home-path.js';

it('takes ~ and ~/ for the own folder, and nothing else', () => {
  expect(withHome('~')).toBe(homedir());
  expect(withHome('~/runs/x')).toBe(join(homedir(), 'runs/x'));
  expect(withHome('./~/x')).toBe('./~/x');
  expect(withHome('a~/x')).toBe('a~/x');
  expect(resolveUserPath('/data', 'x')).toBe('/data/x');
  expect(resolveUserPath('/data', '~/x')).toBe(join(homedir(), 'x'));
  expect(() => withHome('~root/x')).toThrow('"~root/x" begins with "~", and only "~/" is known');
});

it('says how to type a folder that is called so, quoted where a shell needs that', () => {
  const adviceOf = (path: string): string | undefined => refusalOf(() => withHome(path)).problems[0].try;
  expect(adviceOf('~root/x')).toBe('write that folder in full, or ./~root/x if it is called so');
  expect(adviceOf('~my runs/x')).toBe("write that folder in full, or ./~'my runs/x' if it is called so");
});
