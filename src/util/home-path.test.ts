import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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
