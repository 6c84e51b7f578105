import { join } from 'node:path';
import type { Claim } from '../config/claim-schema.js';
import { findRuns } from '../report/read/find-runs.js';
import { makeReport, type Report } from '../report/report.js';
import { commandText, readReportRun, type MissingRun, type ReportRun } from '../report/read/report-run.js';
import { claimsOf } from '../sweep/claims.js';
import { readLedger } from '../sweep/ledger-file.js';
import { shownPath } from '../util/shown-path.js';

/** Compares the runs in run folders, folders of runs, and sweeps. */
export async function reportOfRuns(
  targets: readonly string[],
  { base, cwd }: { readonly base: string | undefined; readonly cwd: string },
): Promise<Report> {
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
  return makeReport(found, { base, claims });
}
