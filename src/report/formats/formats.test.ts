import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCsv } from './csv.js';
import { drawFigure } from '../figures/draw-figure.js';
import { figuresOf } from '../figures/figures.js';
import { toHtml } from './html.js';
import { toLatex } from './latex.js';
import { markdownTable, toMarkdown } from './markdown.js';
import { makeReport, type Report } from '../report.js';
import { RunsFolder } from '../report.testing.js';
import { documentOf } from '../sections.js';

let runs: RunsFolder;
let report: Report;
beforeAll(async () => {
  runs = new RunsFolder();
  const dirs = [
    ...runs.writeSeeds('base_1', [
      [0.5, 0.6],
      [0.5, 0.58],
      [0.5, 0.62],
    ]),
    ...runs.writeSeeds(
      'α=½|<b> & "50%"',
      [
        [0.5, 0.7],
        [0.5, 0.7],
        [0.5, 0.73],
      ],
      {
        ...{ parameters: 250_000, macs: 5_000_000, train: { batchSize: 8 } },
      },
    ),
  ];
  report = makeReport(await runs.readAll(dirs));
});
afterAll(() => runs.remove());

describe('a name that breaks a line or steers a terminal', () => {
  const named = (name: string): Report => ({ ...report, rows: report.rows.map((row) => ({ ...row, name })) });

  it('does neither in any format, and is no formula', async () => {
    const hostile = named('a\nb\u001b[2J');
    const document = documentOf(hostile);
    for (const text of [toMarkdown(document), toLatex(hostile), await toHtml(hostile, document)]) {
      expect(text).not.toContain('\u001b');
      expect(text).toContain('a b\\');
    }
    expect(toCsv(named('=1+1')).split('\n')[1]).toMatch(/^'=1\+1,/);
  });
});

describe('Markdown', () => {
  it('has a table with its columns lined up, and letters that mean something escaped', () => {
    const table = {
      columns: [
        { title: 'a|b', isNumber: false },
        { title: 'n', isNumber: true },
      ],
      rows: [['_x_ y_z', '−1']],
    };
    expect(markdownTable(table)).toBe(
      ['| a\\|b      |   n |', '| --------- | --: |', '| \\_x\\_ y_z |  −1 |'].join('\n'),
    );
  });

  it('links pictures only where there are files of them', () => {
    const document = documentOf(report);
    expect(toMarkdown(document)).not.toContain('![');
    const text = toMarkdown(document, ({ id }) => `my report-${id}.svg`);
    expect(text).toContain('![Validation accuracy](my%20report-curve-val-top1.svg)');
    expect(text).toContain('![Accuracy against multiply-adds](my%20report-accuracy-macs.svg)');
    for (const title of ['Accuracy', 'Cost', 'What differs', 'Runs', 'Environment'])
      expect(text).toContain(`\n## ${title}\n`);
    expect(text).toContain('```\ninvolve train a.json --seed 0\n');
    expect(toMarkdown(document, ({ id }) => `a) (b-${id}.svg`)).toContain(
      '](a%29%20%28b-curve-val-top1.svg)',
    );
  });

  it('has fences around commands that no name closes', () => {
    const [section] = documentOf(report).sections;
    const fence = (...code: string[]): string =>
      toMarkdown({
        ...documentOf(report),
        sections: [{ ...section, figures: [], tables: [], text: [], code }],
      })
        .trimEnd()
        .split('\n')
        .at(-1)!;
    expect(fence('involve train a.json')).toBe('```');
    expect(fence("involve train 'a`b'")).toBe('```');
    expect(fence("involve train 'a\n```\n# b'", 'involve')).toBe('````');
    expect(fence('involve train `````')).toBe('``````');
  });
});

describe('CSV', () => {
  it('has a row a config and every digit', () => {
    const [head, base, other] = toCsv(report).trimEnd().split('\n');
    const columns = head.split(',');
    const cell = (row: string, name: string): string => row.split(',')[columns.indexOf(name)];
    expect(cell(base, 'config')).toBe('base_1');
    expect(cell(base, 'best_values')).toBe('0:0.6 1:0.58 2:0.62');
    expect(cell(base, 'best_delta')).toBe('');
    expect(Number(cell(other, 'best_delta'))).toBe(report.rows[1].best.difference!.mean);
    expect(cell(other, 'best_verdict')).toBe('better');
    expect(cell(other, 'macs_ratio')).toBe('0.25');
    expect(other.startsWith('"α=½|<b> & ""50%"""')).toBe(true);
  });
});

describe('LaTeX', () => {
  it('is made of booktabs tables with its letters escaped', () => {
    const text = toLatex(report);
    expect(text).toContain('\\begin{tabular}{@{}lrrrlrrl@{}}\n  \\toprule\n  config & seeds &');
    expect(text).toContain('  base\\_1 & 3 & 60.0 $\\pm$ 2.0 & base &  & 60.0 $\\pm$ 2.0 & base &  \\\\');
    expect(text).toContain('$\\alpha$=½|$<$b$>$ \\& "50\\%" & 3 & 71.0 $\\pm$ 1.7 & +11.0 {[}+8.5, +13.5]');
    expect(text.match(/\\bottomrule/g)).toHaveLength(2);
  });
});

describe('HTML', () => {
  let page: string;
  beforeAll(async () => {
    page = await toHtml(report, documentOf(report));
  });

  it('is one page that asks for nothing else', () => {
    expect(page.match(/<(link|img|iframe|script src)[^>]*|@import|url\((?!#)[^)]*/g)).toBeNull();
    const addresses = page.match(/https?:\/\/[^"\s]+/g) ?? [];
    expect(new Set(addresses)).toEqual(
      new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
    );
  });

  it('has the charts, in colours of the page, and one legend', () => {
    expect(page.match(/<figure /g)).toHaveLength(7);
    expect(page.match(/<svg role="img" aria-label="/g)).toHaveLength(7);
    // As wide as their places.
    expect(page).not.toMatch(/<svg role="img"[^>]* (width|height)=/);
    // What is compared is seen before it is said.
    expect(page.indexOf('id="differences-to-base"')).toBeLessThan(page.indexOf('class="findings"'));
    expect(page.includes('stroke="var(--line-1)"')).toBe(true);
    expect(page.match(/prefers-color-scheme:dark/g)).toHaveLength(1);
    expect(page.match(/class="mark-group role-legend"/g)).toBeNull();
  });

  it('escapes names', () => {
    expect(page.includes('<td>α=½|&lt;b&gt; &amp; &quot;50%&quot;</td>')).toBe(true);
    expect(page.match(/<b>/g)).toBeNull();
  });

  /**
   * The tags of a page whose base is called so. Of a picture those that could do something: how many lines join names to
   * their points depends on how long they are.
   */
  const elements = async (base: string): Promise<string[]> => {
    const name = (i: number): string => (i === 0 ? base : 'other');
    const named: Report = {
      ...{ ...report, base },
      rows: report.rows.map((row, i) => ({ ...row, name: name(i) })),
      groups: report.groups.map((group, i) => ({ ...group, name: name(i) })),
    };
    const tags = (await toHtml(named, documentOf(named))).match(/<\/?[a-z!][\w-]*[^>]*>/gi)!;
    const isDrawn = (tag: string): boolean => /^<\/?(g|path|text|line|rect)\b/.test(tag);
    return tags.filter((tag) => !isDrawn(tag)).map((tag) => tag.replace(/(?<! class)="[^"]*"/g, ''));
  };
  let plain: string[];
  beforeAll(async () => {
    plain = await elements('plain');
  });

  it.each([
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '</td></tr><tr><td><p>',
    ...["$'", '$&', '&lt;', '\n\r\t', '\u202e', 'better', 'base', '8 [1, 2]', 'x'.repeat(60)],
  ])('is made of the same elements with the name %j', async (name) => {
    expect(await elements(name)).toEqual(plain);
  });

  it('takes a name that every object has for a name', async () => {
    const named = { ...report, rows: report.rows.map((row) => ({ ...row, name: 'toString' })) };
    const text = await toHtml(named, documentOf(named));
    expect(text).toContain('<td>toString</td>');
    expect(text).not.toContain('native code');
  });

  it('carries every number', () => {
    const [, json] = /id="report-data">(.*?)<\/script>/s.exec(page)!;
    const data = JSON.parse(json) as {
      base: string;
      configs: { name: string; best: { mean: number } }[];
      runs: { seed: number; metrics: object[] }[];
      figures: { id: string; data: { mean?: number }[] }[];
    };
    expect(data.base).toBe('base_1');
    expect(data.configs[1]).toMatchObject({
      name: 'α=½|<b> & "50%"',
      best: { mean: report.rows[1].best.mean },
    });
    expect(data.runs).toHaveLength(6);
    expect(data.runs[0].metrics).toHaveLength(2);
    expect(data.figures.map(({ id }) => id)).toEqual([
      ...['differences-to-base', 'curve-val-top1', 'curve-train-loss', 'curve-val-loss'],
      ...['accuracy-parameters', 'accuracy-macs', 'accuracy-milliseconds'],
    ]);
    expect(data.figures[1].data).toHaveLength(4);
  });
});

describe('figures', () => {
  it('stand alone with title, legend and colours for light and dark', async () => {
    const [, curves] = figuresOf(report);
    const svg = await drawFigure(curves.spec, { standalone: { title: curves.title } });
    expect(svg).toMatch(/^<svg [^>]*width="\d/);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toContain('>Validation accuracy</text>');
    expect(svg).toContain('>base_1</text>');
    // A line a config, and no point is lost.
    const lines = [
      ...svg.matchAll(
        /<path aria-label="[^"]*" role="graphics-symbol" aria-roledescription="line mark" d="([^"]*)"/g,
      ),
    ];
    expect(lines.map(([, d]) => d.split(/[ML]/).length - 1)).toEqual([2, 2]);
  });

  it('mark the Pareto front', () => {
    const trade = figuresOf(report).at(-2)!;
    expect(trade.data).toMatchObject([
      { config: 'base_1', cost: 20_000_000, isOnFront: false },
      { config: 'α=½|<b> & "50%"', cost: 5_000_000, isOnFront: true },
    ]);
  });

  it('lead with the differences to the base, their intervals and verdicts', async () => {
    const [forest] = figuresOf(report);
    const { mean, interval } = report.rows[1].best.difference!;
    expect(forest).toMatchObject({
      id: 'differences-to-base',
      title: 'Difference to base_1',
      data: [
        {
          config: 'α=½|<b> & "50%"',
          difference: 100 * mean!,
          low: 100 * interval!.low,
          high: 100 * interval!.high,
          verdict: 'better',
          text: '+11.0 [+8.5, +13.5]',
        },
      ],
    });
    const svg = await drawFigure(forest.spec);
    expect(svg).toContain('>+11.0 [+8.5, +13.5]</text>');
    expect(svg).toContain('stroke="var(--better)"');
    // One seed has no interval, and one config nothing to be compared with.
    const dirs = [runs.write('one/seed-0'), runs.write('two/seed-0')];
    const [first] = figuresOf(makeReport(await runs.readAll(dirs)));
    expect(first.data).toMatchObject([{ config: 'two', low: null, high: null }]);
    expect(await drawFigure(first.spec)).not.toContain('NaN');
    expect(figuresOf(makeReport(await runs.readAll(dirs.slice(1)))).map(({ id }) => id)).not.toContain(
      forest.id,
    );
  });

  it('cut a loss off that overflowed, and say so', async () => {
    const dirs = [
      runs.write('o/seed-0', { accuracies: [0.1, 0.2, 0.3], losses: [2, 1e30, 1], train: { epochs: 5 } }),
    ];
    const figures = figuresOf(makeReport(await runs.readAll(dirs)));
    const loss = figures.find(({ id }) => id === 'curve-val-loss')!;
    expect(loss.caption).toContain('Cut off above 100: losses overflowed.');
    expect(loss.data[1]).toMatchObject({ mean: 1e30 });
    expect(await drawFigure(loss.spec)).toContain('<svg');
  });

  it('name their points while there are few, have more room for some, and a legend for many', async () => {
    const dirs = Array.from({ length: 25 }, (_, i) =>
      runs.write(`m/config-${i}/seed-0`, { macs: 1e6 + i, train: { batchSize: i + 1 } }),
    );
    const read = await runs.readAll(dirs);
    const trade = (count: number) =>
      figuresOf(makeReport(read.slice(0, count))).find(({ id }) => id === 'accuracy-macs')!;
    expect([6, 7, 24, 25].map((count) => trade(count).isWide ?? false)).toEqual([false, true, true, true]);
    const hasNames = (count: number): boolean =>
      JSON.stringify(trade(count).spec).includes('"text":{"field":"config"');
    expect([6, 24, 25].map(hasNames)).toEqual([true, true, false]);
    const hasLegend = (count: number): boolean =>
      !JSON.stringify(trade(count).spec).includes('"legend":null');
    expect([24, 25].map(hasLegend)).toEqual([false, true]);
    const { spec } = trade(24) as unknown as { spec: { data: { values: Record<string, unknown>[] } } };
    for (const { side, dx, dy } of spec.data.values)
      expect([typeof side, typeof dx, typeof dy]).toEqual(['string', 'number', 'number']);
  });

  it('are left out where there is nothing to draw', async () => {
    const run = await runs.read(runs.write('n/seed-0', { outcome: null }));
    const nothing = makeReport([run]);
    expect(figuresOf(nothing)).toEqual([]);
    expect(documentOf(nothing).sections.map(({ id }) => id)).not.toContain('figures');
  });
});
