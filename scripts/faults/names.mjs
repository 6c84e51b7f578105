// Names as people and attackers have them, of classes, images, configs and run folders, in all that a browser or a
// spreadsheet opens: a page has the elements that it has with harmless names, runs nothing, and asks for nothing. And in
// what commands print: nothing steers a terminal.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { runnerImport } from 'vite';
import { oneLine } from '../../dist/util/one-line.js';
import { RandomStream } from '../../dist/util/random.js';
import { complaint } from './workspace.mjs';

const {
  module: { Browser, NO_CHROMIUM },
} = await runnerImport(fileURLToPath(new URL('../../src/util/page/chromium.testing.ts', import.meta.url)), {
  configFile: false,
});

/** What a page calls if a name becomes code. */
const CALLED = 'involveSeen';
const NOWHERE = '//127.0.0.1:9/';
const PIECES = [
  ...[
    '<b>',
    '</b>',
    '<p>',
    '<tr><td>',
    '</table>',
    '</style>',
    '</title>',
    '</text></svg>',
    '<!--',
    '-->',
    ']]>',
  ],
  ...[
    `<script>${CALLED}('element')</script>`,
    `</script><script>${CALLED}('closed')</script>`,
    `<img src=x onerror=${CALLED}('error')>`,
    `"><svg onload=${CALLED}('load')>`,
    `" onmouseover="${CALLED}('attribute')" autofocus onfocus="${CALLED}('focus')`,
    `javascript:${CALLED}('address')`,
  ],
  ...[`<link rel=stylesheet href=${NOWHERE}>`, `<iframe src=${NOWHERE}>`, `<base href=${NOWHERE}>`],
  ...[`<meta http-equiv=refresh content="0;url=${NOWHERE}">`, `url(${NOWHERE})`, `http:${NOWHERE}`],
  ...['"', "'", '`', '&', '&lt;', '&#0;', '\\', '%', '%00', '|', ',', ';', '_', '*', '#', ' [1, 2]', '{{1}}'],
  ...['$&', '$`', "$'", '${1}', '=cmd|"/C calc"!A0', '=1+1', '+1', '-1', '@SUM(1)', '－1'],
  ...[
    '\n',
    '\r\n',
    '\t',
    '\u001b[2J',
    '\u0007',
    '\u2028',
    '\u202e',
    '\u2066',
    '\u200f',
    '\ufeff',
    '\u0301',
    '🦦',
  ],
  ...['base', 'better', 'constructor', '__proto__', 'null', 'class', 'train', 'x'.repeat(180)],
];
const LONGEST_BYTES = 200;

/** Distinct names of some pieces each, in the order of their code points. */
function drawNames(count, random, canHoldSlash) {
  const piece = () => PIECES[random.integer(PIECES.length)];
  const names = Array.from({ length: count }, (_, i) => {
    const text = `${piece()}${piece()}${i}${piece()}`;
    const letters = [...(canHoldSlash ? text : text.replaceAll('/', ''))];
    while (Buffer.byteLength(letters.join('')) > LONGEST_BYTES) letters.splice(letters.length - 2, 1);
    // Hidden files are no images, and labels are read without blanks about them.
    return letters
      .join('')
      .replace(/^[.\s]+/, '')
      .trim();
  });
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const harmless = (stem, count) => Array.from({ length: count }, (_, i) => `${stem}${i}`);

const SPLITS = { train: 4, val: 2, test: 2 };

/** The same pictures, whatever they are called: folders of classes, or a table of labels that may hold anything. */
async function writeImages(work, root, { classes, files }, isTable) {
  const random = new RandomStream(0, 'faults', 'pictures');
  const rows = ['file_name,label'];
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  for (const [split, count] of Object.entries(SPLITS)) {
    for (const [c, name] of classes.entries()) {
      for (let i = 0; i < count; i++) {
        const pixels = Buffer.from(Array.from({ length: 24 * 24 * 3 }, () => random.integer(64) + 64 * c));
        const raw = { width: 24, height: 24, channels: 3 };
        const path = `${split}/${isTable ? c : name}/${i}${files[i % files.length]}.png`;
        work.write(`${root}/data/${path}`, await sharp(pixels, { raw }).png().toBuffer());
        rows.push(`${quoted(path)},${quoted(name)}`);
      }
    }
  }
  if (isTable) work.write(`${root}/data/metadata.csv`, `${rows.join('\n')}\n`);
}

/** What of an ended command would steer a terminal; undefined where nothing does. */
function steering({ stdout, stderr }) {
  const found = /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.exec(stdout + stderr);
  return found === null ? undefined : `printed ${JSON.stringify(found[0])}, ${found[0].codePointAt(0)}`;
}

/** Trains two configs, and has written all that shows names; the paths of it by kind, and what went wrong. */
async function make(work, root, names, isTable) {
  await writeImages(work, root, names, isTable);
  const bad = [];
  const run = async (...args) => {
    // A checkout that somebody works in is another one for each run, and a report says so.
    const ended = await work.run(args, { env: { GIT_DIR: work.path('no-checkout') } });
    const said = complaint(ended) ?? (ended.code === 0 ? undefined : ended.stderr.trim()) ?? steering(ended);
    if (said !== undefined) bad.push(`${args[0]}: ${said}`);
  };
  const dirs = names.jobs.map((job) => `./${root}/runs/${job}/seed-0`);
  for (const [i, dir] of dirs.entries()) {
    const config = `./${root}/${names.configs[i]}.json`;
    const content = {
      name: 'tiny',
      data: {
        name: isTable ? 'label-file' : 'image-folder',
        dir: `${root}/data`,
        inputSize: 24,
      },
      model: { family: 'efficientnet', attention: { type: 'none' }, removeStages: [4, 5, 6, 7, 8] },
      train: { batchSize: 6, epochs: 2, ...(i === 1 && { ema: 0.9 }) },
    };
    work.write(config, JSON.stringify(content));
    if (i === 0) {
      await run('data', 'check', config);
      await run('data', 'check', config, '--json');
      await run('data', 'show', config, '--out', `${root}/sheet.png`);
    }
    await run('train', config, '--out', dir, '--engine', 'wasm', '--threads', '1', '--quiet');
    await run('eval', dir);
  }
  await run('report', ...dirs, '--out', `${root}/report.html`);
  await run('report', `./${root}/runs`, '--out', `${root}/found.html`);
  await run('report', ...dirs, '--out', `${root}/report.csv`);
  work.write(`${root}/figures/made`, '');
  await run('report', ...dirs, '--out', `${root}/figures/report.md`);
  if (bad.length > 0) return { bad, names };
  const image = readdirSync(work.path(root, 'data/test'), { recursive: true }).sort().at(-1);
  await run(
    'explain',
    dirs[0],
    `./${root}/data/test/${image}`,
    '--split',
    'test',
    '--out',
    `${root}/explain`,
  );
  if (bad.length > 0) return { bad, names };
  const below = (dir, ending) =>
    readdirSync(work.path(dir))
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => `${dir}/${name}`);
  return {
    bad,
    names,
    report: [`${root}/report.html`, `${root}/found.html`],
    page: below(`${root}/explain`, '.html'),
    pictures: [...below(dirs[0], '.svg'), ...below(`${root}/figures`, '.svg')],
    tables: [...below(dirs[0], '.csv'), ...below(`${root}/explain`, '.csv'), `${root}/report.csv`],
  };
}

/**
 * What a page is made of. Of a picture only what could do something: how many lines join names to their points depends on
 * how long they are, and what an axis says on how long training took.
 */
const LOOK = `(async () => {
  // Meanwhile handlers of errors and of what is shown have run too.
  await new Promise((done) => setTimeout(done, 100));
  const elements = {};
  const active = [];
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    const isDrawn = element.namespaceURI.endsWith('/svg') && !/^(svg|script|style|image|a|foreignObject|use)$/.test(name);
    if (!isDrawn) elements[name] = (elements[name] ?? 0) + 1;
    for (const attribute of element.attributes)
      if (/^on/i.test(attribute.name) || /^\\s*javascript:/i.test(attribute.value)) {
        if (!/^(alt|aria-label)$/.test(attribute.name)) active.push(name + ' ' + attribute.name);
      }
  }
  return { elements, active, text: document.documentElement.textContent };
})()`;

const shown = (name) => oneLine(name.replaceAll('\n', ' '));

/** Why a page is not what it is with harmless names; undefined where it is. */
async function pageComplaint(browser, work, path, twin, names) {
  const look = async (file) => {
    const page = await browser.open(pathToFileURL(work.path(file)).href, { binding: CALLED });
    const { calls, dialogs, requests } = page;
    const found = await page.evaluate(LOOK);
    await page.close();
    return { ...found, did: [...calls, ...dialogs, ...requests, ...found.active] };
  };
  const [hostile, plain] = [await look(path), await look(twin)];
  if (hostile.did.length > 0) return `${path} ran, asked for or could run ${hostile.did.join(', ')}`;
  const [has, should] = [hostile.elements, plain.elements];
  for (const name of new Set([...Object.keys(has), ...Object.keys(should)]))
    if (has[name] !== should[name])
      return `${path} has ${has[name] ?? 0} <${name}>, with harmless names ${should[name] ?? 0}`;
  const missing = names.map(shown).find((name) => !hostile.text.includes(name));
  return missing === undefined ? undefined : `${path} does not show ${JSON.stringify(missing)}`;
}

/** Why a table is not what it is with harmless names, or what of it a spreadsheet would compute. */
function tableComplaint(work, path, twin) {
  const [rows, should] = [path, twin].map((file) => parse(readFileSync(work.path(file)), { bom: true }));
  const shape = (table) => table.map((row) => row.length).join();
  if (shape(rows) !== shape(should)) return `${path} has other rows or columns`;
  const formula = rows
    .flat()
    .find((cell) => /^\s*[=+\-@＝＋－＠]/u.test(cell) && !Number.isFinite(Number(cell)));
  return formula === undefined ? undefined : `${path} has the formula ${formula}`;
}

export const names = {
  name: 'names',
  needs: () => NO_CHROMIUM,
  async run(work, times, random) {
    const browser = new Browser();
    const twins = new Map();
    const [made, pages, reports, pictures, tables] = [[], [], [], [], []];
    try {
      for (let n = 0; n < times; n++) {
        const isTable = random.uniform() < 0.5;
        if (!twins.has(isTable)) {
          const stems = ['classes', 'files', 'configs', 'jobs'];
          const plain = Object.fromEntries(
            stems.map((stem) => [stem, harmless(stem, stem === 'classes' ? 3 : 2)]),
          );
          twins.set(isTable, await make(work, `harmless-${Number(isTable)}`, plain, isTable));
        }
        const twin = twins.get(isTable);
        const hostile = await make(
          work,
          `hostile-${n}`,
          {
            classes: drawNames(3, random, isTable),
            files: drawNames(2, random, false),
            configs: drawNames(2, random, false),
            jobs: drawNames(2, random, false),
          },
          isTable,
        );
        const bad = [...twin.bad, ...hostile.bad];
        made.push(bad.length === 0 ? undefined : `${bad.join('; ')} (${JSON.stringify(hostile.names)})`);
        if (bad.length > 0) continue;
        const { classes, jobs } = hostile.names;
        const look = async (kind, outcomes, texts) => {
          for (const [i, path] of hostile[kind].entries())
            outcomes.push(await pageComplaint(browser, work, path, twin[kind][i], texts));
        };
        await look('report', reports, [...jobs, ...classes]);
        await look('page', pages, classes);
        await look('pictures', pictures, []);
        for (const [i, path] of hostile.tables.entries())
          tables.push(tableComplaint(work, path, twin.tables[i]));
      }
    } finally {
      await browser.close();
    }
    const same = 'the elements that it has with harmless names, nothing run, nothing asked for';
    return [
      {
        fault:
          'names that are markup, formulas, controls, or long, of classes, images, configs and run folders; all commands',
        outcomes: made,
        expected: 'the result',
      },
      {
        fault: 'the page of `report`, in Chromium',
        outcomes: reports,
        expected: `${same}, every name shown`,
      },
      { fault: 'the page of `explain`, in Chromium', outcomes: pages, expected: `${same}, every name shown` },
      { fault: 'SVG of runs and reports, in Chromium', outcomes: pictures, expected: same },
      {
        fault: 'CSV of runs and reports',
        outcomes: tables,
        expected: 'the same rows and columns, no formula',
      },
    ];
  },
};
