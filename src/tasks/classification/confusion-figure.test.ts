import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from '../../metrics/confusion.js';
import { drawFigure } from '../../report/figures/draw-figure.js';
import { confusionFigure } from './confusion-figure.js';

function draw(matrix: ConfusionMatrix, title: string): Promise<string> {
  const figure = confusionFigure(matrix, title);
  return drawFigure(figure.spec, { standalone: { title: figure.title } });
}

function matrixOf(classes: readonly string[]): ConfusionMatrix {
  const matrix = new ConfusionMatrix(classes);
  classes.forEach((_, c) => {
    matrix.add(c, c, 70 + (c % 10));
    matrix.add(c, (c + 1) % classes.length, 30 - (c % 10));
  });
  return matrix;
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `class ${i}`);
const count = (svg: string, what: RegExp): number => svg.match(what)?.length ?? 0;
const cells = /<path d="M[^"]*" fill="var\(--(accent|worse)\)"/g;

describe('the picture of a confusion matrix', () => {
  it('has names, counts, and what is right and wrong in two colours', async () => {
    const matrix = matrixOf(['sea', 'town', 'a < b']);
    const svg = await draw(matrix, 'exp3, test');
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('>exp3, test: 71.00 % of 300</text>');
    expect(count(svg, />a &lt; b<\/text>/g)).toBe(2);
    for (const text of ['actual', 'predicted', '70', '71', '72', '30', '29', '28'])
      expect(count(svg, new RegExp(`>${text}</text>`, 'g')), text).toBe(1);
    expect(count(svg, />0<\/text>/g)).toBe(3);
    expect(count(svg, cells)).toBe(9);
    expect(count(svg, /fill="var\(--accent\)"/g)).toBe(3);
    expect(svg).toContain('prefers-color-scheme:dark');
    await sharp(Buffer.from(svg)).png().toBuffer();
  });

  it('leaves out what would not be seen where there are many classes, and stays light', async () => {
    const some = await draw(matrixOf(names(20)), 'a');
    expect(count(some, cells)).toBe(40);
    expect(count(some, />\d+<\/text>/g)).toBe(40);
    const many = await draw(matrixOf(names(100)), 'b');
    expect(count(many, cells)).toBe(200);
    expect(count(many, />\d+<\/text>/g)).toBe(0);
    expect(count(many, />class 37<\/text>/g)).toBe(2);
    expect(many.length).toBeLessThan(100_000);
  });
});
