// Names that are HTML, scripts, quotes, formulas, several lines or the other way round: the report that a browser shows has them
// as text, and nothing else comes of them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { complaint } from './workspace.mjs';

/** Names of folders: no slash, no NUL. */
const NAMES = [
  '<img src=x onerror=document.title=666>',
  '<script>document.title=666<',
  '"><svg onload=document.title=666>',
  "' autofocus onfocus=document.title=666 x='",
  '--><!--<b>',
  ']]><owned>',
  '&lt;owned&gt; &amp;amp; &#60;b&#62;',
  '{{7*7}} ${7*7} <%= 7*7 %>',
  '=cmd|calc!A1',
  '@SUM(1+1)*cmd',
  'two\nlines',
  'tab\tand\rreturn',
  '\u202Ereversed\u202C',
  '\u2067isolated',
  'שלום עולם',
  'e\u0301\u0323 \u{1F468}\u200D\u{1F469}\u200D\u{1F467}',
  'constructor',
  '__proto__',
  'toString',
  'a,b;c|d',
  'it\'s "quoted" `so`',
  'back\\slash',
  ' blanks  around ',
  'undefined',
  'x'.repeat(120),
  '%s %d %n',
  '\\u003cscript>',
  '\u{FEFF}mark',
];
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
/** What no folder can be called. */
const ENDING = '</script></title><script>document.title=666</script>';
const CLASSES = 5;

export const names = {
  name: 'names',
  async run(work, times, random) {
    const browser = BROWSERS.find((each) => spawnSync(each, ['--version']).status === 0);
    if (browser === undefined) {
      process.stdout.write(
        `skip names: no browser is here (one of ${BROWSERS.join(', ')}): apt-get install chromium\n`,
      );
      return [];
    }
    const plain = await shownReport(work, browser, 'plain', ['a', 'b', 'c', 'd', 'e']);
    if (typeof plain === 'string') throw new Error(plain);
    refuseBlindness(work, browser, plain);
    const outcomes = [];
    for (let n = 0; n < times; n++) {
      const left = [...NAMES];
      const some = Array.from({ length: CLASSES }, () => left.splice(random.integer(left.length), 1)[0]);
      const shown = await shownReport(work, browser, `named-${n}`, some);
      const bad = typeof shown === 'string' ? shown : judge(shown, plain, some);
      outcomes.push(bad && `${bad}: ${JSON.stringify(some)}`);
    }
    return [
      {
        fault:
          'names of classes, runs, files and articles that are markup, formulas, lines; `train`, `eval`, `report` in a browser',
        outcomes,
        expected: 'text as typed; no script, request or element of theirs, nothing wider than the page',
      },
    ];
  },
};

/** Trains on classes of these names, in run folders called so, and opens the report; or what went wrong on the way. */
async function shownReport(work, browser, place, classes) {
  const image = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  for (const split of ['train', 'test'])
    for (const name of classes) {
      mkdirSync(work.path(place, 'data', split, name), { recursive: true });
      for (const n of [0, 1, 2])
        writeFileSync(work.path(place, 'data', split, name, `${classes[n]}.png`), image);
    }
  const config = {
    ...JSON.parse(readFileSync(work.path('tiny.json'), 'utf8')),
    description: classes.join(' '),
    source: {
      article: `${classes[0]}${place === 'plain' ? '' : ENDING}`,
      notes: classes,
      claim: { accuracy: 0.5, parametersMillions: 1 },
    },
    data: { name: 'image-folder', dir: 'data', inputSize: 32, validation: 0.4 },
  };
  work.write(`${place}/named.json`, JSON.stringify(config));
  const cwd = work.path(place);
  const commands = [
    ...[0, 1].map((n) => [
      'train',
      'named.json',
      '--out',
      `./runs/${classes[n]}`,
      '--seed',
      `${n}`,
      ...['--quiet', '--engine', 'wasm', '--threads', '1'],
    ]),
    ...[0, 1].map((n) => ['eval', `./runs/${classes[n]}`]),
    ['report', './runs', '--out', 'report.html'],
  ];
  for (const command of commands) {
    const ended = await work.run(command, { cwd });
    const bad = complaint(ended) ?? (ended.code === 0 ? undefined : ended.stderr.trim());
    if (bad !== undefined) return `${command.slice(0, 3).join(' ')}: ${bad}`;
  }
  return shownIn(browser, work, work.path(place, 'report.html'));
}

/** What a browser makes of a page; a script of ours at its end looks. */
function shownIn(browser, work, page) {
  const look = `<script>
    addEventListener('load', () => setTimeout(() => {
      const all = [...document.querySelectorAll('*')];
      const data = document.querySelector('#report-data');
      const seen = {
        title: document.title,
        tags: all.map((each) => each.tagName + [...each.attributes].map(({ name }) => name).sort()).sort(),
        cells: [...document.querySelectorAll('td, th, li, text, p, pre')].map((each) => each.textContent),
        requests: performance.getEntriesByType('resource').length,
        tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        data: JSON.parse(data.textContent),
      };
      document.documentElement.innerHTML = '<body><pre></pre></body>';
      document.querySelector('pre').textContent = encodeURIComponent(JSON.stringify(seen));
    }, 0));
  </script>`;
  const looked = page.replace(/html$/, 'looked.html');
  writeFileSync(looked, readFileSync(page, 'utf8').replace('</html>', `${look}</html>`));
  // A root without a sandbox of its own is what a container has.
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--virtual-time-budget=5000',
    '--window-size=1000,1000',
  ];
  const { stdout } = spawnSync(
    browser,
    [...options, `--user-data-dir=${work.path('browser')}`, '--dump-dom', `file://${encodeURI(looked)}`],
    {
      encoding: 'utf8',
      timeout: 120_000,
      maxBuffer: 2 ** 28,
    },
  );
  const seen = /<pre>([^<]*)<\/pre>/.exec(stdout ?? '')?.[1];
  if (seen === undefined) return 'the browser did not get to the end of the page';
  return JSON.parse(decodeURIComponent(seen));
}

/** Makes sure that what is looked for would be seen: a page with a name that is not escaped. */
function refuseBlindness(work, browser, plain) {
  const page = readFileSync(work.path('plain', 'report.html'), 'utf8');
  for (const name of [NAMES[0], '<script>document.title=666</script>', '<b>a</b>']) {
    work.write('plain/open.html', page.replace('<td>a</td>', `<td>${name}</td>`));
    const shown = shownIn(browser, work, work.path('plain', 'open.html'));
    if (typeof shown !== 'string' && judge(shown, plain, ['a']) === undefined)
      throw new Error(`Expected ${name} in a page to be noticed`);
  }
}

function judge(shown, plain, classes) {
  if (shown.title === '666') return 'a script ran';
  if (shown.requests > plain.requests) return 'the page asked for something';
  if (shown.tooWide > 0) return `the page is ${shown.tooWide} pixels wider than the window`;
  const [more, less] = [without(shown.tags, plain.tags), without(plain.tags, shown.tags)];
  if (more.length > 0) return `elements beyond those of plain names: ${more.slice(0, 5).join(' ')}`;
  if (less.length > 0) return `elements are missing: ${less.slice(0, 5).join(' ')}`;
  const missing = classes.find((name) => !shown.cells.some((text) => text === asShown(name)));
  if (missing !== undefined) return `not shown as typed: ${JSON.stringify(missing)}`;
  const text = JSON.stringify(shown.data);
  const lost = classes.find((name) => !text.includes(JSON.stringify(name).slice(1, -1)));
  return lost === undefined ? undefined : `not in the data of the page: ${JSON.stringify(lost)}`;
}

/** Line breaks are spaces in a page; other controls and marks of direction stand as escapes. */
function asShown(name) {
  return name
    .replaceAll('\n', ' ')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replace(/[\u202a-\u202e\u2066-\u2069]/gu, (mark) => `\\u{${mark.codePointAt(0).toString(16)}}`);
}

/** The items of a list that another has fewer of. */
function without(some, others) {
  const left = [...others];
  return some.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
