import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Claim } from '../../config/claim-schema.js';
import { findRuns } from '../../report/read/find-runs.js';
import { toMarkdown } from '../../report/formats/markdown.js';
import { makeReport, type Report } from '../../report/report.js';
import { commandText, readReportRun, type MissingRun, type ReportRun } from '../../report/read/report-run.js';
import { documentOf, type Document } from '../../report/sections.js';
import { claimsOf } from '../../sweep/claims.js';
import { readLedger } from '../../sweep/ledger-file.js';
import { writeFileAtomic } from '../../util/atomic-write.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { shownPath } from '../../util/shown-path.js';
import type { CommandRun } from '../command.js';

/** `involve report RUN|SWEEP…`: the ablation table and what goes with it, in the format of the file's name. */
export const run: CommandRun = async (targets, options, { print, note, cwd }) => {
  const out = options.out as string | undefined;
  const write = out === undefined ? undefined : writerOf(out);
  /** By run folder, what its sweep was called with: that is to be typed, not what a sweep calls its jobs with. */
  const commands = new Map<string, string>();
  const jobsOf = async (folder: string): Promise<string[] | undefined> => {
    const ledger = await readLedger(folder);
    const jobs = ledger?.jobs.map((job) => join(folder, job.folder));
    const text = commandText(ledger?.command ?? ['sweep', ledger?.file ?? ''], cwd);
    for (const job of jobs ?? []) commands.set(job, text);
    return jobs;
  };
  const { runs, unstarted } = await findRuns(targets, cwd, jobsOf);
  const found: (ReportRun | MissingRun)[] = [];
  for (const dir of runs) {
    const run = await readReportRun(dir, cwd);
    const command = commands.get(dir);
    found.push(command === undefined || !('experiment' in run) ? run : { ...run, command });
  }
  for (const dir of unstarted) found.push({ dir: shownPath(cwd, dir), status: 'not started' });

  const claims: Claim[] = [];
  for (const target of targets) claims.push(...(await claimsOf(target, cwd)));
  const report = makeReport(found, { base: options.base as string | undefined, claims });
  const document = documentOf(report);
  if (write === undefined) {
    print(toMarkdown(document).trimEnd());
    return ExitCode.ok;
  }
  const files = await write(report, document, resolve(cwd, out!));
  for (const text of document.warnings) note(`note: ${text}`);
  note(`wrote ${files.map((file) => shownPath(cwd, file)).join(', ')}`);
  return ExitCode.ok;
};

// --- internal ---

/** Writes a report to a file, and gives back all files that it made. */
type Writer = (report: Report, document: Document, path: string) => Promise<string[]>;

const WRITERS: Readonly<Record<string, Writer>> = {
  '.html': async (report, document, path) => {
    const { toHtml } = await import('../../report/formats/html.js');
    return writeAll([path, await toHtml(report, document)]);
  },
  '.md': async (_report, document, path) => {
    const { drawFigure } = await import('../../report/figures/draw-figure.js');
    const name = basename(path, extname(path));
    const pictures: [string, string][] = [];
    for (const { id, title, spec } of document.sections.flatMap(({ figures }) => figures)) {
      const file = join(dirname(path), `${name}-${id}.svg`);
      pictures.push([file, await drawFigure(spec, { standalone: { title } })]);
    }
    return writeAll([path, toMarkdown(document, ({ id }) => `${name}-${id}.svg`)], ...pictures);
  },
  '.csv': async (report, _document, path) => {
    const { toCsv } = await import('../../report/formats/csv.js');
    return writeAll([path, toCsv(report)]);
  },
  '.tex': async (report, _document, path) => {
    const { toLatex } = await import('../../report/formats/latex.js');
    return writeAll([path, toLatex(report)]);
  },
};

function writerOf(out: string): Writer {
  const writer = WRITERS[extname(out).toLowerCase()];
  if (writer !== undefined) return writer;
  throw badInput('E_REPORT_FORMAT', {
    what: `--out expects a file that ends in ${Object.keys(WRITERS).join(', ')}, received "${out}"`,
    try: `--out ${basename(out, extname(out)) || 'report'}.html`,
  });
}

async function writeAll(...files: (readonly [path: string, text: string])[]): Promise<string[]> {
  for (const [path, text] of files) await writeFileAtomic(path, text);
  return files.map(([path]) => path);
}
