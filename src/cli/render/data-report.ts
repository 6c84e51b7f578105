import { relative } from 'node:path';
import type { DataReport, Duplicates } from '../../data/check-data.js';
import { grouped } from '../../util/number-text.js';
import { oneLine } from '../../util/one-line.js';

const shownFindings = 10;

interface Checked {
  readonly name: string;
  /** Null where nothing lies on disk. */
  readonly dir: string | null;
  readonly notes: readonly string[];
}

/** What a check of a data set found, for people: a line each, whatever the names of classes and files hold. */
export function reportLines(report: DataReport, { name, dir, notes }: Checked): string[] {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(oneLine(line));
  const short = (path: string): string => (dir === null ? path : relative(dir, path) || path);
  const splits = Object.entries(report.counts);
  const classes = report.classes.map(oneLine);
  const width = Math.max(9, ...classes.map((label) => label.length));
  const row = (label: string, cells: readonly string[]): void =>
    print(`  ${label.padEnd(width)}${cells.map((cell) => cell.padStart(12)).join('')}`);
  print(dir === null ? name : `${name}, ${dir}`);
  row(
    '',
    splits.map(([split]) => split),
  );
  classes.forEach((label, c) =>
    row(
      label,
      splits.map(([, counts]) => grouped(counts[c]!)),
    ),
  );
  row(
    'all',
    splits.map(([split, counts]) =>
      grouped(report.images?.[split as 'train'] ?? counts.reduce((a, b) => a + b, 0)),
    ),
  );
  print(`largest class of train over smallest: ${report.imbalance.toFixed(2)}`);
  if (report.sizes.length > 0) {
    const shown = report.sizes.slice(0, 5).map(({ size, count }) => `${size} (${grouped(count)})`);
    print(
      `sizes: ${shown.join(', ')}${report.sizes.length > 5 ? `, and ${report.sizes.length - 5} more` : ''}`,
    );
  }
  for (const note of notes) print(`note: ${note}`);
  for (const { text, count } of report.remarks)
    print(`note: ${grouped(count)} ${count === 1 ? 'image' : 'images'}: ${text}`);

  const findings = (title: string, lines: readonly string[]): void => {
    print(`${title}: ${lines.length === 0 ? 'none' : grouped(lines.length)}`);
    for (const line of lines.slice(0, shownFindings)) print(`  ${line}`);
    if (lines.length > shownFindings)
      print(`  … and ${lines.length - shownFindings} more (--json lists all)`);
  };
  const group = ({ images }: Duplicates): string =>
    images.map((image) => `${short(image.name)} (${image.class})`).join(' = ');
  const conflicting = report.duplicates.filter((each) => each.conflicting);
  const plain = report.duplicates.filter((each) => !each.conflicting);
  findings(
    'images that cannot be used',
    report.bad.map(({ name: path, reason }) => `${short(path)}: ${reason}`),
  );
  findings('groups of equal images with different classes', conflicting.map(group));
  findings('other groups of equal images in one split', plain.map(group));
  findings('groups of equal images across splits', report.acrossSplits.map(group));
  return lines;
}
