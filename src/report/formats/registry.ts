import type { ReportFormat } from './format.js';

interface FormatRow {
  /** For the help, where the ending does not say it. */
  readonly note?: string;
  readonly load: () => Promise<ReportFormat>;
}

/** Every format by the ending of its files: what `--out` takes, and what the help says. */
export const REPORT_FORMATS: Readonly<Record<string, FormatRow>> = {
  html: { load: async () => (await import('./html.js')).format },
  md: { note: 'with pictures', load: async () => (await import('./markdown.js')).format },
  csv: { load: async () => (await import('./csv.js')).format },
  tex: { load: async () => (await import('./latex.js')).format },
  json: { note: 'every number', load: async () => (await import('./json.js')).format },
};

/** `.html, .md (with pictures), .csv or .tex` */
export function formatWords(): string {
  const words = Object.entries(REPORT_FORMATS).map(
    ([ending, { note }]) => `.${ending}${note === undefined ? '' : ` (${note})`}`,
  );
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
