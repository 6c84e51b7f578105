import { toJson } from '../../runs/record/json-text.js';
import { reportData } from '../report-data.js';
import type { ReportFormat } from './format.js';

/** The whole report as data, with the version of its schema: what a page carries in `#report-data`. */
export const format: ReportFormat = (report) => ({ text: `${toJson(reportData(report), 2)}\n` });
