import { describe, expect, it } from 'vitest';
import { holdOut, limitGood, limitTo } from './select.js';

const classes = ['a', 'b'];
const labels = Uint16Array.from({ length: 60 }, (_, i) => i % 2);
const all = Uint32Array.from(labels, (_, i) => i);

describe('a draw with bad images', () => {
  it('changes nothing where none is drawn, and takes the next where one is', () => {
    const before = holdOut(labels, classes, 0.2, 0);
    const [first] = before.validation;
    const unheld = before.train.find((index) => labels[index] === 0)!;
    // One of thirty less is still six of them.
    expect(holdOut(labels, classes, 0.2, 0, new Set([unheld])).validation).toEqual(before.validation);
    const { validation } = holdOut(labels, classes, 0.2, 0, new Set([first!]));
    const kept = [...before.validation].filter((index) => index !== first);
    expect(validation.length).toBe(before.validation.length);
    expect([...validation]).toEqual(expect.arrayContaining(kept));
    expect([...validation]).not.toContain(first);
  });

  it('takes the share of the good ones, and leaves train one', () => {
    const good = 4;
    const bad = new Set([...all].filter((index) => labels[index] === 0).slice(good));
    const { train, validation } = holdOut(labels, classes, 0.5, 0, bad);
    expect(validation.filter((index) => labels[index] === 0).length).toBe(good / 2);
    expect([...validation].filter((index) => bad.has(index))).toEqual([]);
    expect(train.filter((index) => labels[index] === 0 && !bad.has(index)).length).toBe(good / 2);
    const one = new Set([...bad, ...[...all].filter((index) => labels[index] === 0).slice(1)]);
    expect(
      holdOut(labels, classes, 0.5, 0, one).validation.filter((index) => labels[index] === 0).length,
    ).toBe(0);
  });

  it('is even over the good ones of every class, and gives all of them where there are no more', () => {
    const bad = new Set([...all].filter((index) => labels[index] === 0).slice(3));
    const good = { labels, classes, bad };
    const counts = (chosen: Uint32Array): number[] =>
      [0, 1].map((label) => chosen.filter((index) => labels[index] === label).length);
    expect(counts(limitGood(all, good, 10, 0))).toEqual([3, 7]);
    expect(limitGood(all, good, 33, 0).length).toBe(33);
    expect(limitGood(all, { ...good, bad: new Set() }, 10, 0, 'train')).toEqual(
      limitTo(all, labels, classes, 10, 0, 'train'),
    );
  });
});
