import type { Report } from '../report.js';
import type { Document } from '../sections.js';

/** What a format makes of a report. */
export interface WrittenReport {
  /** Of the file that was asked for. */
  readonly text: string;
  /** Files beside it: their names and texts. */
  readonly beside?: readonly (readonly [name: string, text: string])[];
}

/**
 * A format of reports.
 * @param document the report in the order in which it is read, for formats that have text
 * @param name of the file that was asked for, without its ending
 */
export type ReportFormat = (
  report: Report,
  document: Document,
  name: string,
) => WrittenReport | Promise<WrittenReport>;
