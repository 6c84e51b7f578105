import { columnOf } from '../../metrics/metric.js';
import { valueText } from '../../metrics/metric-text.js';
import type { EnvironmentRecord } from '../../runs/record/environment.js';
import { resultDifferences, shortText } from '../read/group-runs.js';
import type { Report } from '../report.js';
import type { ReportRun } from '../read/report-run.js';
import { numbers, words, type Table } from './table.js';

/** What makes each config another than the base: the values of the resolved configs. */
export function differencesTable({ groups }: Report): Table | undefined {
  const [base, ...others] = groups;
  const rows = others.flatMap(({ name, experiment }) =>
    resultDifferences(base.experiment, experiment).map(({ path, before, after }) => [
      name,
      path,
      shortText(before),
      shortText(after),
    ]),
  );
  if (rows.length === 0) return undefined;
  return { columns: [words('config'), words('key'), words(base.name), words('here')], rows };
}

/** Every run that was found, those without a result too. */
export function runsTable({ groups, missing, metric }: Report): Table {
  const column = columnOf('val', metric);
  const rows = groups.flatMap((group) =>
    group.runs.map((run) => [
      group.name,
      String(run.seed),
      statusText(run, group.repeats.includes(run)),
      String(run.metrics.length),
      valueText(metric, run.best?.[column]),
      valueText(metric, run.last?.[column]),
      run.dir,
    ]),
  );
  const none = missing.map(({ dir, status, detail }) => [
    '',
    '',
    detail === undefined ? status : `${status}: ${detail}`,
    '0',
    '',
    '',
    dir,
  ]);
  return {
    columns: [
      words('config'),
      numbers('seed'),
      words('status'),
      numbers('epochs'),
      numbers('best'),
      numbers('last'),
      words('folder'),
    ],
    rows: [...rows, ...none],
  };
}

/** What was typed for each run, once where it was the same. */
export function commandsOf({ groups }: Report): string[] {
  const commands = groups.flatMap((group) => group.runs).map(({ command }) => command);
  return [...new Set(commands.filter((command) => command !== undefined))];
}

/** Where the runs were made; what not all of them share has a row a value, with the runs that have it. */
export function environmentTable({ groups }: Report): Table {
  const runs = groups.flatMap((group) => group.runs.map((run) => ({ ...run, name: group.name })));
  const rows = Object.entries(PROPERTIES).flatMap(([title, read]) => {
    const byValue = new Map<string, (typeof runs)[number][]>();
    for (const run of runs) {
      const value = read(run.environment);
      if (value !== undefined) byValue.set(value, [...(byValue.get(value) ?? []), run]);
    }
    const isShared = byValue.size === 1 && [...byValue.values()][0].length === runs.length;
    return [...byValue].map(([value, those]) => [title, value, isShared ? 'all' : runNames(those)]);
  });
  return { columns: [words('what'), words('value'), words('runs')], rows };
}

/** Properties that runs do not share, of those that may change a number. */
export function mixedProperties({ groups }: Report): string[] {
  const runs = groups.flatMap(({ counted }) => counted);
  return ['involve', 'commit', 'engine', 'device', 'threads'].filter(
    (title) => new Set(runs.map(({ environment }) => PROPERTIES[title](environment))).size > 1,
  );
}

// --- internal ---

const PROPERTIES: Readonly<Record<string, (environment: EnvironmentRecord) => string | undefined>> = {
  involve: ({ involve }) => involve ?? undefined,
  commit: ({ git }) =>
    git ? `${git.commit.slice(0, 10)}${git.dirty ? ', files changed since' : ''}` : undefined,
  engine: ({ engine }) => engine?.description,
  mode: ({ engine }) => engine?.mode,
  device: ({ device }) => device,
  threads: ({ threads }) => threads?.toString(),
  node: ({ node }) => node,
  'tf.js': ({ tfjs }) => tfjs ?? undefined,
  processor: ({ machine }) => machine?.cpu,
  cores: ({ machine }) => machine?.usableCores.toString(),
  system: ({ machine }) => machine?.system,
  'data fingerprint': ({ data }) => data?.fingerprint.slice(0, 16),
};

function statusText({ status, detail }: ReportRun, isRepeat: boolean): string {
  if (isRepeat) return 'finished, a repeat: not counted';
  return detail === undefined ? status : `${status} ${detail}`;
}

function runNames(runs: readonly { readonly name: string; readonly seed: number }[]): string {
  const names = runs.map(({ name, seed }) => `${name} seed ${seed}`);
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}
