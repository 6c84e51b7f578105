import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import { metricsOfClasses } from '../../tasks/segmentation/metrics.js';
import { openRunForReading } from '../read-run.js';
import { runPaths } from '../run-paths.js';
import { readConfusion } from './confusion-csv.js';
import { readEnvironment, writeEnvironment } from './environment.js';
import { readEvaluation, writeEvaluation } from './evaluation.js';
import { metricColumns } from './metrics-csv.js';
import { readSummary, writeSummary } from './summary.js';

/** The runs in docs/results/. */
const results = fileURLToPath(new URL('../../../docs/results/', import.meta.url));
const dirs = readdirSync(results, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('config.yaml'))
  .map((path) => join(results, path, '..'));

/** Those that the program wrote when its records had no version and did not name their metrics. */
const isEarly = (dir: string): boolean => /(blog|octconv)-small/.test(dir);

/** Those that say something of each pixel. */
const isSegmentation = (dir: string): boolean => dir.includes('dense-small');

/** Those that choose a setting by validation, and so leave the test images alone. */
const isSearch = (dir: string): boolean => /(blog|operator)-rates/.test(dir);

const scratch = mkdtempSync(join(tmpdir(), 'involve-results-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const json = (path: string): object => JSON.parse(readFileSync(path, 'utf8')) as object;

describe('runs of this and earlier versions', () => {
  it('are there', () => expect(dirs.filter(isEarly).length).toBeGreaterThanOrEqual(66));

  it('are read, every file of them', async () => {
    for (const dir of dirs) {
      const run = await openRunForReading(dir);
      const classes = run.environment.classes!;
      const metrics = isSegmentation(dir) ? metricsOfClasses(classes) : classificationMetrics;
      expect(run.summary?.epochs, dir).toBe(run.metrics.length);
      const [final, last] = [run.summary!.final!, run.metrics.at(-1)!];
      const [told, measured] = isSegmentation(dir)
        ? [final.valMiou, last.val_miou]
        : [final.valTop1, last.val_top1];
      expect(told, dir).toBeTypeOf('number');
      expect(told, dir).toBe(measured);
      expect(run.events.map(({ type }) => type)).toContain('end');
      expect(run.environment.metrics === undefined, dir).toBe(isEarly(dir));
      expect(run.environment.data?.counts.train).toBeGreaterThan(0);
      const [header] = readFileSync(runPaths(dir).metrics, 'utf8').split('\n');
      expect(header).toBe(metricColumns(metrics).join(','));

      const evaluation = await readEvaluation(dir, 'test', metrics.validation);
      expect(evaluation === undefined, dir).toBe(isSearch(dir));
      if (evaluation === undefined) continue;
      const names = Object.keys(evaluation.values);
      if (isSegmentation(dir)) {
        expect(names.slice(0, 6)).toEqual(['loss', 'miou', 'accuracy', 'smallIou', 'mediumIou', 'largeIou']);
        const rows = readFileSync(join(dir, 'iou-test.csv'), 'utf8').trimEnd().split('\n').slice(1);
        expect(rows.map((row) => row.split(',')[0])).toEqual(classes);
        expect(names).toHaveLength(6 + rows.length);
      } else {
        const matrix = await readConfusion(dir, classes);
        expect(names).toEqual(['loss', 'top1', 'top5']);
        expect(evaluation.classes?.length).toBe(matrix?.classes.length);
      }
    }
  });

  it('are written again as they were, and a version added', async () => {
    const dir = dirs.find(isEarly)!;
    const again = (file: string): object => json(join(scratch, file));

    const environment = await readEnvironment(runPaths(dir).environment);
    await writeEnvironment(join(scratch, 'environment.json'), environment);
    expect(again('environment.json')).toEqual({ ...json(runPaths(dir).environment), version: 1 });

    const summary = (await readSummary(runPaths(dir).summary))!;
    await writeSummary(join(scratch, 'summary.json'), summary);
    const text = JSON.stringify({ ...json(runPaths(dir).summary), version: 1 }, null, 2);
    expect(readFileSync(join(scratch, 'summary.json'), 'utf8')).toBe(`${text}\n`);

    const { values, ...evaluation } = (await readEvaluation(dir, 'test', classificationMetrics.validation))!;
    await writeEvaluation(scratch, { ...evaluation, ...values });
    expect(again('evaluation-test.json')).toEqual({ ...json(join(dir, 'evaluation-test.json')), version: 1 });
    expect(existsSync(join(scratch, 'evaluation-test.json'))).toBe(true);
  });
});
