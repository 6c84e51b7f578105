import { describe, expect, it } from 'vitest';
import { changed } from './second-look.mjs';

const place = (startLine, startColumn, endLine, endColumn) => ({
  start: { line: startLine, column: startColumn },
  end: { line: endLine, column: endColumn },
});

describe('a change of a second look', () => {
  const text = 'if (a < b) {\n  f();\n}\n';

  it('replaces what lies between two places of a line, the end left out', () => {
    expect(changed(text, { location: place(1, 5, 1, 10), replacement: 'a <= b' })).toBe(
      'if (a <= b) {\n  f();\n}\n',
    );
  });

  it('replaces what lies over several lines', () => {
    expect(changed(text, { location: place(1, 12, 3, 2), replacement: '{}' })).toBe('if (a < b) {}\n');
  });
});
