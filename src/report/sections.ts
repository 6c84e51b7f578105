import { judgedClaimTable } from './claims.js';
import { classReport } from './tables/class-table.js';
import { curvesIn, curvesOf } from './figures/curves.js';
import type { Figure } from './figures/figure.js';
import { figuresOf } from './figures/figures.js';
import { unitText, valueText } from '../metrics/metric-text.js';
import { NOTHING } from '../util/number-text.js';
import { slug, titleCase } from './title-text.js';
import { commandsOf, differencesTable, environmentTable, runsTable } from './tables/record-tables.js';
import { articlesOf, publishedTable } from './tables/published-table.js';
import { costTable, metricTable } from './tables/result-tables.js';
import { costNotes, findings, readingNotes, subject, warnings } from './remarks.js';
import type { Report } from './report.js';
import { numbers, type Table } from './tables/table.js';

/** A part of a report, the same in every format that has text. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly text: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly { readonly caption?: string; readonly table: Table }[];
  /** Lines to be typed. */
  readonly code: readonly string[];
  /** Long, and for looking up: folded where the format can. */
  readonly isFolded: boolean;
}

export interface Document {
  readonly title: string;
  readonly subject: string;
  readonly findings: readonly string[];
  readonly warnings: readonly string[];
  /** What is seen first. */
  readonly lead: Figure | undefined;
  readonly sections: readonly Section[];
}

/** Puts a report in the order in which it is read. */
export function documentOf(report: Report): Document {
  const drawn = figuresOf(report);
  const lead = drawn.find(({ id }) => id === LEAD);
  const figures = drawn.filter((figure) => figure !== lead);
  const judged = judgedClaimTable(report.claims);
  const published = publishedTable(report);
  const classes = classReport(report.groups);
  const differences = differencesTable(report);
  const sections: (Section | undefined)[] = [
    judged &&
      section('judged-claims', 'Claims', {
        text: [
          'Confirmed: the 95 % interval lies on the side that the claim says. Not confirmed: it lies on the other ' +
            'side, or ten seeds that differ like these would show no difference either. Too small to tell: more seeds ' +
            'or longer runs would be needed.',
        ],
        tables: [{ table: judged }],
      }),
    section(slug(report.metric.title), titleCase(report.metric.title), {
      text: readingNotes(report),
      tables: [{ table: metricTable(report) }],
    }),
    section('cost', 'Cost', { text: costNotes(report), tables: [{ table: costTable(report) }] }),
    published &&
      section('claims', 'The article’s numbers', {
        text: articlesOf(report).map((article) => `Claimed in: ${article}.`),
        tables: [{ table: published }],
      }),
    figures.length > 0 ? section('figures', 'Figures', { figures }) : undefined,
    classes &&
      section('classes', 'Classes', {
        text: [`Recall of each class on ${classes.split}, in %, mean ± standard deviation over seeds.`],
        tables: [{ table: classes.table }],
      }),
    differences &&
      section('differences', 'What differs', {
        text: [`Values of the configs that are not those of ${report.base}.`],
        tables: [{ table: differences }],
      }),
    section('runs', 'Runs', { tables: [{ table: runsTable(report) }], code: commandsOf(report) }),
    section('environment', 'Environment', { tables: [{ table: environmentTable(report) }] }),
    section('curve-data', 'Data of the learning curves', { tables: curveTables(report), isFolded: true }),
  ];
  return {
    title: `Report: ${titleOf(report)}`,
    subject: subject(report),
    findings: findings(report),
    warnings: warnings(report),
    lead,
    sections: sections.filter((each): each is Section => each !== undefined),
  };
}

// --- internal ---

const LEAD = 'differences-to-base';

function section(id: string, title: string, parts: Partial<Omit<Section, 'id' | 'title'>>): Section {
  return { id, title, text: [], figures: [], tables: [], code: [], isFolded: false, ...parts };
}

function titleOf({ rows }: Report): string {
  const names = rows.map(({ name }) => name);
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

/** A row an epoch, a column a config. */
function curveTables({ groups, measured }: Report): { caption: string; table: Table }[] {
  return curvesIn(measured).map((curve) => {
    const points = curvesOf(groups, curve.column);
    const epochs = [...new Set(points.map(({ epoch }) => epoch))].sort((a, b) => a - b);
    const rows = epochs.map((epoch) => [
      String(epoch),
      ...groups.map(({ name }) => {
        const point = points.find((each) => each.config === name && each.epoch === epoch);
        if (point === undefined) return NOTHING;
        const mean = valueText(curve.metric, point.mean);
        return point.seeds < 2 ? mean : `${mean} ± ${valueText(curve.metric, point.high - point.mean)}`;
      }),
    ]);
    const columns = [numbers('epoch'), ...groups.map(({ name }) => numbers(name))];
    const unit = unitText(curve.metric).trim();
    const caption = unit === '' ? curve.title : `${curve.title}, ${unit}`;
    return { caption, table: { columns, rows } };
  });
}
