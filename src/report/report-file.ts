import { basename, dirname, extname, join } from 'node:path';
import { writeFileAtomic } from '../util/atomic-write.js';
import { badInput } from '../util/errors.js';
import { toMarkdown } from './markdown.js';
import type { Report } from './report.js';
import type { Document } from './sections.js';

/** Writes a report to a file, and gives back all files that it made. */
export type ReportWriter = (report: Report, document: Document, path: string) => Promise<string[]>;

/**
 * What writes a report to a file of that name.
 * @throws InvolveError (exit code 2) for an ending that no format has
 */
export function reportWriter(out: string): ReportWriter {
  const writer = WRITERS[extname(out).toLowerCase()];
  if (writer !== undefined) return writer;
  throw badInput('E_REPORT_FORMAT', {
    what: `--out expects a file that ends in ${Object.keys(WRITERS).join(', ')}, received "${out}"`,
    try: `--out ${basename(out, extname(out)) || 'report'}.html`,
  });
}

// --- internal ---

const WRITERS: Readonly<Record<string, ReportWriter>> = {
  '.html': async (report, document, path) => {
    const { toHtml } = await import('./html.js');
    return writeAll([path, await toHtml(report, document)]);
  },
  '.md': async (_report, document, path) => {
    const { drawFigure } = await import('./draw-figure.js');
    const name = basename(path, extname(path));
    const pictures: [string, string][] = [];
    for (const { id, title, spec } of document.sections.flatMap(({ figures }) => figures)) {
      const file = join(dirname(path), `${name}-${id}.svg`);
      pictures.push([file, await drawFigure(spec, { standalone: { title } })]);
    }
    return writeAll([path, toMarkdown(document, ({ id }) => `${name}-${id}.svg`)], ...pictures);
  },
  '.csv': async (report, _document, path) => {
    const { toCsv } = await import('./csv.js');
    return writeAll([path, toCsv(report)]);
  },
  '.tex': async (report, _document, path) => {
    const { toLatex } = await import('./latex.js');
    return writeAll([path, toLatex(report)]);
  },
};

async function writeAll(...files: (readonly [path: string, text: string])[]): Promise<string[]> {
  for (const [path, text] of files) await writeFileAtomic(path, text);
  return files.map(([path]) => path);
}
