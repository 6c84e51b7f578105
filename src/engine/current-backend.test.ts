import { afterAll, describe, expect, it } from 'vitest';
import { onBackend, useBackend } from './current-backend.js';
import { KernelBackend, getBackend, registerBackend, removeBackend } from './tf-core.js';

class Idle extends KernelBackend {
  override dispose(): void {
    // It holds nothing.
  }
}

const NAMES = ['one', 'other'];
for (const name of NAMES) registerBackend(name, () => new Idle());
afterAll(() => NAMES.forEach(removeBackend));

describe('work on a backend', () => {
  it('leaves none chosen where none was', () => {
    const before = getBackend() as string | null | undefined;
    expect(before ?? null).toBeNull();
    expect(onBackend('one', getBackend)).toBe('one');
    expect(getBackend()).toBeNull();
  });

  it('puts back the one that was in use, whatever happens', () => {
    useBackend('one');
    expect(getBackend()).toBe('one');
    expect(onBackend('other', getBackend)).toBe('other');
    expect(getBackend()).toBe('one');
    const fail = (): never => {
      throw new Error(getBackend());
    };
    expect(() => onBackend('other', fail)).toThrow('other');
    expect(getBackend()).toBe('one');
    expect(onBackend('one', () => onBackend('other', () => onBackend('one', getBackend)))).toBe('one');
    expect(getBackend()).toBe('one');
  });

  it('is refused where there is no such backend', () => {
    useBackend('other');
    expect(() => useBackend('third')).toThrow('tf.js has no backend third.');
    expect(getBackend()).toBe('other');
  });
});
