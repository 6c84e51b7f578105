import { basename, dirname, extname, join } from 'node:path';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { badInput } from '../util/errors.js';
import { shellWord } from '../util/shell-words.js';
import { REPORT_FORMATS } from './formats/registry.js';
import type { Report } from './report.js';
import type { Document } from './sections.js';

/** Writes a report to a file, and gives back all files that it made. */
export type ReportWriter = (report: Report, document: Document, path: string) => Promise<string[]>;

/**
 * What writes a report to a file of that name.
 * @throws InvolveError (exit code 2) for an ending that no format has
 */
export function reportWriter(out: string): ReportWriter {
  const endings = Object.keys(REPORT_FORMATS);
  const ending = endings.find((each) => `.${each}` === extname(out).toLowerCase());
  if (ending === undefined) {
    const list = endings.map((each) => `.${each}`).join(', ');
    throw badInput('E_REPORT_FORMAT', {
      what: `--out expects a file that ends in ${list}, received "${out}"`,
      try: out === '-' ? 'leave --out out: Markdown goes to stdout' : `--out ${shellWord(withEnding(out))}`,
    });
  }
  return async (report, document, path) => {
    const format = await REPORT_FORMATS[ending].load();
    const { text, beside = [] } = await format(report, document, basename(path, extname(path)));
    const files = [[path, text], ...beside.map(([name, each]) => [join(dirname(path), name), each])];
    for (const [file, content] of files) await writeFileAtomic(file, content);
    return files.map(([file]) => file);
  };
}

// --- internal ---

/** The file that may be meant, where it was meant to be. */
function withEnding(out: string): string {
  const name = `${basename(out, extname(out)) || 'report'}.html`;
  return dirname(out) === '.' ? name : join(dirname(out), name);
}
