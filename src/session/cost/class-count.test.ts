import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DataSetName } from '../../data/sets/index.js';
import { loadExperiment } from '../../config/load.js';
import { SHIPPED_ROOT, shippedConfigs } from '../../config/testing.js';
import { InvolveError } from '../../util/errors.js';
import { classCount } from './class-count.js';

/** No data set lies here. */
const nowhere = mkdtempSync(join(tmpdir(), 'involve-classes-'));
afterAll(() => rmSync(nowhere, { recursive: true }));

/** Of the data that shipped configs name. */
const KNOWN: Partial<Record<DataSetName, number>> = {
  intel: 6,
  cifar10: 10,
  scenes: 6,
  'scene-masks': 10,
  'image-folder': 1000,
};

describe('without any data', () => {
  it.each(shippedConfigs())(
    'configs/%s is counted with the classes of its data, or of its article',
    async (name) => {
      const { experiment } = loadExperiment(join(SHIPPED_ROOT, name));
      expect(await classCount(experiment, nowhere)).toBe(KNOWN[experiment.data.name]);
    },
  );

  it('asks for --classes where nothing tells', async () => {
    const { experiment } = loadExperiment(join(SHIPPED_ROOT, 'sasa/sasa50.yaml'), {
      set: ['source.claim.classes=null'],
    });
    const error = await classCount(experiment, nowhere, '--classes N').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvolveError);
    expect((error as InvolveError).exitCode).toBe(2);
    expect((error as InvolveError).problems[0].try).toMatch(/; or say --classes N$/);
  });

  it('says so only where the command has that flag', async () => {
    const { experiment } = loadExperiment(join(SHIPPED_ROOT, 'sasa/sasa50.yaml'), {
      set: ['source.claim.classes=null'],
    });
    const error = await classCount(experiment, nowhere).catch((thrown: unknown) => thrown);
    expect((error as InvolveError).problems[0].try).not.toContain('--classes');
  });
});
