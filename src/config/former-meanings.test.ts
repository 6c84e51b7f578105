import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigFolder, MINIMAL } from './testing.js';
import { loadExperiment, resolvedYaml } from './load.js';
import { asRunBegan, loadRunExperiment } from './run-experiment.js';
import type { Experiment } from './schema.js';

let configs: ConfigFolder;
beforeAll(() => {
  configs = new ConfigFolder();
});
afterAll(() => configs.remove());

const RELATION = { family: 'resnet', depth: 26, spatial: { type: 'local-relation' } };
const PLATEAU = { epochs: 3, schedule: { name: 'plateau' } };

/** A run that an older version made of this config: without the keys that it did not know. */
function olderRun(name: string, changes: object): { readonly dir: string; readonly now: Experiment } {
  configs.write(`${name}.json`, { ...MINIMAL, ...changes });
  const now = loadExperiment(join(configs.path, `${name}.json`)).experiment;
  const dir = join(configs.path, name);
  mkdirSync(dir, { recursive: true });
  const text = resolvedYaml(now).replace(/^ *(counting|decayBy|lowToHigh|decoupledDecay):.*\n/gm, '');
  writeFileSync(join(dir, 'config.yaml'), text);
  writeFileSync(join(dir, 'environment.json'), '{}');
  return { dir, now };
}

const meaningsOf = ({ train, model }: Experiment): unknown[] => [
  (train.schedule as { counting?: string }).counting,
  train.optimizer.decayBy,
  (model as { lowToHigh?: string }).lowToHigh,
];

describe('the config of a run that an older version made', () => {
  it.each<[string, object, unknown[]]>([
    ['plateau', { train: PLATEAU }, ['keras', 'role', undefined]],
    ['relation', { model: RELATION }, [undefined, 'name', undefined]],
    [
      'no-decay',
      { model: RELATION, train: { epochs: 3, optimizer: { name: 'adamw', weightDecay: 0 } } },
      [undefined, 'role', undefined],
    ],
    [
      'muon',
      { model: RELATION, train: { epochs: 3, optimizer: { name: 'muon' } } },
      [undefined, 'name', undefined],
    ],
    [
      'segments',
      { model: { family: 'resnet', depth: 26, spatial: { type: 'depthwise-separable', segments: 2 } } },
      [undefined, 'name', undefined],
    ],
    ['octave', { model: { family: 'wide-resnet', alpha: 0.5 } }, [undefined, 'role', 'pooled']],
    ['plain-wide', { model: { family: 'wide-resnet' } }, [undefined, 'role', 'unpooled']],
    ['conv', { model: { family: 'resnet', depth: 26 } }, [undefined, 'role', undefined]],
  ])('means what it meant: %s', (name, changes, meanings) => {
    const { dir } = olderRun(name, changes);
    const recorded = loadRunExperiment(dir);
    expect(meaningsOf(recorded)).toEqual(meanings);
    // A config that extends it means the same, and one that repeats its keys as well.
    configs.write(`${name}-again.json`, { extends: `${name}/config.yaml`, name: `${name}-again` });
    expect(meaningsOf(loadExperiment(join(configs.path, `${name}-again.json`)).experiment)).toEqual(meanings);
    writeFileSync(join(configs.path, `${name}-resolved.yaml`), resolvedYaml(recorded));
    expect(meaningsOf(loadExperiment(join(configs.path, `${name}-resolved.yaml`)).experiment)).toEqual(
      meanings,
    );
  });

  it('is what the run goes on with, and anything else is left as it is asked for', () => {
    const { dir, now } = olderRun('goes-on', { train: PLATEAU });
    const asked = { ...now, description: 'another' };
    const began = asRunBegan(dir, asked);
    expect(began.former.map(({ value }) => value)).toEqual(['keras']);
    expect(began.experiment).toEqual({
      ...asked,
      train: { ...asked.train, schedule: { ...asked.train.schedule, counting: 'keras' } },
    });
    expect(meaningsOf(now)[0]).toBe('pytorch');
    // Asked for what the run's config means already, there is nothing to tell.
    expect(asRunBegan(dir, loadRunExperiment(dir)).former).toEqual([]);
  });

  it('says itself what it means when this version made it', () => {
    const { dir, now } = olderRun('today', { train: PLATEAU });
    writeFileSync(join(dir, 'config.yaml'), resolvedYaml(now));
    expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).toContain('counting: pytorch');
    expect(meaningsOf(loadRunExperiment(dir))[0]).toBe('pytorch');
    expect(asRunBegan(dir, now)).toEqual({ experiment: now, former: [] });
  });

  it('is no config that somebody writes: that means today’s defaults', () => {
    const { dir } = olderRun('copied', { train: PLATEAU });
    writeFileSync(join(configs.path, 'copied.yaml'), readFileSync(join(dir, 'config.yaml')));
    expect(meaningsOf(loadExperiment(join(configs.path, 'copied.yaml')).experiment)[0]).toBe('pytorch');
  });
});
