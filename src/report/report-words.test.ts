import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimSchema } from '../config/claim-schema.js';
import { formatWords } from './formats/registry.js';
import { toHtml } from './formats/html.js';
import { toLatex } from './formats/latex.js';
import { readingNotes, subject, warnings } from './remarks.js';
import { makeReport, type Report } from './report.js';
import { refusalOf } from '../util/refusal.testing.js';
import { reportWriter } from './report-file.js';
import { confusion, evaluation, RunsFolder, type RunContent } from './report.testing.js';
import { documentOf } from './sections.js';
import { publishedTable } from './tables/published-table.js';
import { environmentTable, runsTable } from './tables/record-tables.js';
import { metricTable } from './tables/result-tables.js';

let runs: RunsFolder;
let sound: Report;
beforeAll(async () => {
  runs = new RunsFolder();
  const three = [[0.6], [0.58], [0.62]];
  sound = await reportOf([
    ...runs.writeSeeds('base', three),
    ...runs.writeSeeds('other', three, { train: { batchSize: 8 } }),
  ]);
});
afterAll(() => runs.remove());

async function reportOf(dirs: readonly string[]): Promise<Report> {
  return makeReport(await runs.readAll(dirs));
}

describe('what is said of a report', () => {
  it('is what was compared on which images', () => {
    expect(subject(sound)).toBe(
      '2 configs, 6 runs, on scenes at 32×32: 900 images to train on, 100 to validate. Base: base.',
    );
  });

  it('is no warning where all is well, and one of too few seeds of some, or of all', async () => {
    expect(warnings(sound)).toEqual([]);
    const few = [runs.write('few/seed-0'), runs.write('less/seed-0', { train: { batchSize: 8 } })];
    const all = 'All configs have fewer than 3 finished seeds; without more of them no verdict is given.';
    expect(warnings(await reportOf(few))).toEqual([all]);
  });

  it('is a warning of epochs that are gone from a run that counts', async () => {
    const dirs = runs.writeSeeds('holed', [
      [0.6, 0.7, 0.8],
      [0.6, 0.7, 0.8],
      [0.6, 0.7, 0.8],
    ]);
    const csv = join(runs.path, dirs[1]!, 'metrics.csv');
    const rows = readFileSync(csv, 'utf8').split('\n');
    writeFileSync(csv, [rows[0], rows[2], ''].join('\n'));
    expect(warnings(await reportOf(dirs))).toEqual([
      'The metrics.csv of holed/seed-1 lacks epochs 1, 3, which the run has finished: its best and last epoch are ' +
        'those of what is left. involve train with --resume puts back what its events.jsonl has.',
    ]);
  });

  it('stands in sections, without the figure that comes first and without empty texts', () => {
    const { lead, sections } = documentOf(sound);
    const section = (id: string) => sections.find((each) => each.id === id)!;
    expect(lead?.id).toBe('differences-to-base');
    expect(section('figures').figures.map(({ id }) => id)).toEqual([
      ...['curve-val-top1', 'curve-train-loss', 'curve-val-loss'],
      ...['accuracy-parameters', 'accuracy-macs', 'accuracy-milliseconds'],
    ]);
    expect(section('runs')).toMatchObject({ text: [], figures: [], isFolded: false });
    expect(section('environment')).toMatchObject({ text: [], code: [] });
    expect(sections.filter(({ isFolded }) => isFolded).map(({ id }) => id)).toEqual(['curve-data']);
  });
});

describe('tables', () => {
  it('say where a run diverged, and name three runs or two and how many more', async () => {
    const divergence = { what: 'loss', epoch: 1, step: 3 } as unknown as RunContent['divergence'];
    const threads = (count: number) => ({ environment: { threads: count } });
    const dirs = [
      ...[0, 1, 2].map((seed) => runs.write(`a/seed-${seed}`, threads(2))),
      ...[3, 4, 5, 6].map((seed) => runs.write(`a/seed-${seed}`, threads(4))),
      runs.write('a/seed-7', { outcome: 'diverged', divergence }),
    ];
    const report = await reportOf(dirs.slice(0, 7));
    expect(environmentTable(report).rows.filter(([what]) => what === 'threads')).toEqual([
      ['threads', '2', 'a seed 0, a seed 1, a seed 2'],
      ['threads', '4', 'a seed 3, a seed 4 and 2 more'],
    ]);
    expect(runsTable(report).rows.map(([, , status]) => status)).toEqual(Array(7).fill('finished'));
    const diverged = runsTable(await reportOf(dirs)).rows.at(-1)![2];
    expect(diverged).toMatch(/^diverged .+/);
  });

  it('have columns of test where a config was evaluated there, and only there', async () => {
    const titles = (report: Report) => metricTable(report).columns.map(({ title }) => title);
    expect(titles(sound)).not.toContain('test');
    const evaluated = { files: { 'evaluation-test.json': evaluation([0.5, 0.7]) } };
    const some = await reportOf([
      runs.write('tested/seed-0', evaluated),
      runs.write('untested/seed-0', { train: { batchSize: 8 } }),
    ]);
    expect(titles(some)).toContain('test');
    expect(metricTable(some).rows.map((row) => row.at(-3))).toEqual(['60.0', '–']);
  });

  it('have a dash for what an article does not say', async () => {
    const source = { article: 'A', claim: { accuracy: 0.5 } };
    const table = publishedTable(await reportOf([runs.write('said/seed-0', { source })]))!;
    expect(table.rows[0]!.slice(-2)).toEqual(['–', '1 M']);
  });
});

describe('measures', () => {
  it('on test are those of test, whatever else was evaluated', async () => {
    const files = { 'evaluation-test.json': evaluation([0.2, 0.4]), 'confusion.csv': confusion([25, 30]) };
    const { rows } = await reportOf([runs.write('both/seed-0', { files })]);
    expect(rows[0]!.test?.mean).toBeCloseTo(0.3, 12);
  });

  it('of a claim are those of its own config', async () => {
    const evaluated = { files: { 'evaluation-test.json': evaluation([0.5, 0.7]) } };
    const found = await runs.readAll([
      runs.write('seen/seed-0', evaluated),
      runs.write('unseen/seed-0', { train: { batchSize: 8 } }),
    ]);
    const claims = ['seen', 'unseen'].map((config) =>
      claimSchema.parse({ says: 'so', config, atLeast: 0.1, measure: 'test' }),
    );
    expect(makeReport(found, { claims }).claims.map(({ measured }) => measured)).toEqual([
      '60.0 %, 1 seed',
      'not evaluated on test',
    ]);
  });

  it('of time are none where no epoch has a time that is a number', async () => {
    const dir = runs.write('timeless/seed-0');
    const path = join(runs.path, dir, 'metrics.csv');
    const [head, row] = readFileSync(path, 'utf8').split('\n') as [string, string];
    const at = head.split(',').indexOf('images_per_second');
    const cells = row.split(',').map((cell, i) => (i === at ? '0' : cell));
    runs.file(`${dir}/metrics.csv`, `${head}\n${cells.join(',')}\n`);
    const { rows } = await reportOf([dir]);
    expect([rows[0]!.milliseconds, rows[0]!.millisecondsRatio]).toEqual([null, null]);
  });
});

describe('a page', () => {
  it('has a legend of all lines and points, others where their colours come again, and marks the base', async () => {
    const dirs = Array.from({ length: 9 }, (_, i) =>
      runs.write(`config-${i}/seed-0`, { train: { batchSize: i + 1 } }),
    );
    const report = await reportOf(dirs);
    const page = await toHtml(report, documentOf(report));
    const [, legend] = /<ul class="legend">(.*?)<\/ul>/s.exec(page)!;
    const line = /<line [^>]*stroke="([^"]*)"[^>]*?(dasharray="[^"]*")?\/>/;
    const point = /<path fill="([^"]*)" d="([^"]*)"\/>/;
    const items = [
      ...legend!.matchAll(new RegExp(`${line.source}${point.source}<\\/svg>([^<]*)`, 'g')),
    ] as string[][];
    expect(items.map(([, ...shown]) => shown.toSpliced(3, 1))).toEqual([
      ...Array.from({ length: 8 }, (_, i) => {
        const colour = `var(--line-${i})`;
        return [colour, undefined, colour, `config-${i}`];
      }),
      ['var(--line-0)', 'dasharray="6 3"', 'var(--line-0)', 'config-8'],
    ]);
    const outlines = items.map((item) => item[4]);
    expect(new Set(outlines.slice(0, 8)).size).toBe(1);
    expect(outlines[8]).not.toBe(outlines[0]);
    const bases = [...page.matchAll(/<tr class="base"><td>([^<]*)/g)].map(([, name]) => name);
    expect(new Set(bases)).toEqual(new Set(['config-0']));
    // Nine configs in a table, of which one is the base.
    expect(page.match(/<tr><td>config-8/g)!.length).toBeGreaterThan(0);
  });
});

it('LaTeX says in comments how its numbers are to be read', () => {
  const comments = toLatex(sound)
    .split('\n')
    .filter((line) => line.startsWith('% '));
  expect(comments.slice(1)).toEqual(readingNotes(sound).map((note) => `% ${note}`));
  expect(comments.length).toBeGreaterThan(2);
});

describe('the file of a report', () => {
  it.each(['html', 'MD', 'csv', 'tex', 'json'])(
    'is written in the format of its ending: %s',
    async (ending) => {
      const folder = join(runs.path, `out-${ending}`);
      mkdirSync(folder);
      const path = join(folder, `all.${ending}`);
      const made = await reportWriter(path)(sound, documentOf(sound), path);
      expect(made[0]).toBe(path);
      expect(readdirSync(folder).sort()).toEqual(made.map((file) => file.slice(folder.length + 1)).sort());
      const beginning = { html: '<!', md: '# ', csv: 'config,', tex: '% Needs', json: '{' }[
        ending.toLowerCase()
      ]!;
      expect(readFileSync(path, 'utf8').toLowerCase().startsWith(beginning.toLowerCase())).toBe(true);
      // Pictures stand beside Markdown alone.
      expect(made.length > 1).toBe(ending === 'MD');
    },
  );

  it.each([
    ['report.pdf', 'report.html'],
    ['.pdf', '.pdf.html'],
    ['report', 'report.html'],
    ['my reports/r.pdf', "'my reports/r.html'"],
    ['../r.docx', '../r.html'],
  ])('%s is refused, and %s is offered', (out, offered) => {
    expect(() => reportWriter(out)).toThrow(
      expect.objectContaining({
        code: 'E_REPORT_FORMAT',
        problems: [
          {
            what: `--out expects a file that ends in .html, .md, .csv, .tex, .json, received "${out}"`,
            try: `--out ${offered}`,
          },
        ],
      }) as Error,
    );
  });

  it('says how a report gets to stdout', () => {
    const { problems } = refusalOf(() => reportWriter('-'));
    expect(problems[0].try).toBe('leave --out out: Markdown goes to stdout');
  });

  it('has its formats told in a line', () => {
    expect(formatWords()).toBe('.html, .md (with pictures), .csv, .tex or .json (every number)');
  });
});
