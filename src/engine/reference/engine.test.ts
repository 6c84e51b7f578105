import { expect, it } from 'vitest';
import { add, scalar } from '../tf-core.js';
import { openReferenceEngine } from './engine.js';

it('the reference engine computes at once, counts its memory and records nothing', () => {
  const engine = openReferenceEngine();
  const before = engine.memory().bytes;
  const blank = engine.blank([2, 3]);
  expect(engine.memory().bytes - before).toBe(24);
  expect([...blank.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  blank.dispose();
  expect(engine.run(() => add(scalar(2), scalar(3)).dataSync()[0])).toBe(5);
  expect(() => engine.record({} as never)).toThrow(/^The reference engine computes at once/);
  expect(engine.fallbacks().size).toBe(0);
});
