import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from './confusion.js';

/** The example of scikit-learn's classification_report: true 0 1 2 2 2, predicted 0 0 2 2 1. */
function example(): ConfusionMatrix {
  const matrix = new ConfusionMatrix(['a', 'b', 'c']);
  [0, 1, 2, 2, 2].forEach((actual, i) => matrix.add(actual, [0, 0, 2, 2, 1][i]));
  return matrix;
}

describe('ConfusionMatrix', () => {
  it("gives scikit-learn's precision, recall and F1", () => {
    const matrix = example();
    expect(matrix.total).toBe(5);
    expect(matrix.accuracy).toBe(0.6);
    expect(matrix.perClass()).toEqual([
      { name: 'a', images: 1, precision: 0.5, recall: 1, f1: 2 / 3 },
      { name: 'b', images: 1, precision: 0, recall: 0, f1: 0 },
      { name: 'c', images: 3, precision: 1, recall: 2 / 3, f1: 0.8 },
    ]);
    expect(matrix.macro().precision).toBeCloseTo(0.5, 12);
    expect(matrix.macro().recall).toBeCloseTo(0.5555555555555555, 12);
    expect(matrix.macro().f1).toBeCloseTo(0.48888888888888893, 12);
  });

  it('counts batches of logits by the highest, the lower class on a tie', () => {
    const matrix = new ConfusionMatrix(['a', 'b']);
    matrix.update(Float32Array.of(1, 2, /**/ 3, 3, /**/ 5, 1), [1, 1, 0]);
    expect([matrix.count(0, 0), matrix.count(0, 1), matrix.count(1, 0), matrix.count(1, 1)]).toEqual([
      1, 0, 1, 1,
    ]);
    expect(() => matrix.update([1, 2, 3], [0])).toThrow('Expected 1 × 2 logits but found 3');
    expect(() => matrix.update([1, 2], [2])).toThrow('Expected a label from 0 to 1 but found 2');
  });

  it('leaves a class without images out of the means', () => {
    const matrix = new ConfusionMatrix(['a', 'b', 'absent']);
    matrix.add(0, 0);
    matrix.add(1, 2);
    expect(matrix.perClass()[2]).toEqual({ name: 'absent', images: 0, precision: 0, recall: null, f1: null });
    expect(matrix.macro()).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5 });
  });

  it('counts images without a prediction against their class', () => {
    const matrix = example();
    matrix.update([NaN, 0, 0], [0]);
    expect(matrix.total).toBe(6);
    expect(matrix.accuracy).toBe(0.5);
    expect(matrix.perClass()[0]).toEqual({ name: 'a', images: 2, precision: 0.5, recall: 0.5, f1: 0.5 });
    expect(matrix.toCsv()).toBe('actual,a,b,c,none\na,1,0,0,1\nb,1,0,0,0\nc,0,1,2,0\n');
  });

  it('writes the matrix as CSV, names quoted where they need it', () => {
    expect(example().toCsv()).toBe('actual,a,b,c\na,1,0,0\nb,1,0,0\nc,0,1,2\n');
    expect(new ConfusionMatrix(['sea, calm']).toCsv()).toBe('actual,"sea, calm"\n"sea, calm",0\n');
  });

  it('has no accuracy without images', () => {
    expect(new ConfusionMatrix(['a']).accuracy).toBeNaN();
    expect(new ConfusionMatrix(['a']).macro().f1).toBeNaN();
  });

  it('refuses labels that are none', () => {
    const matrix = new ConfusionMatrix(['a', 'b']);
    for (const label of [-1, 2, 0.5, NaN])
      expect(() => matrix.add(label, 0)).toThrow(`Expected a label from 0 to 1 but found ${label}`);
    expect(matrix.total).toBe(0);
    expect(matrix.classes).toEqual(['a', 'b']);
  });
});
