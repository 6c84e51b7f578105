import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sweepJsonSchema } from '../config/json-schema.js';
import { spatialTypes } from '../operators/options.js';
import { designModel } from '../tasks/classification/head.js';
import { designFor } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { planSweep } from './plan.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shipped = readdirSync(`${root}configs/sweeps`).filter((name) => name !== 'schema.json');

describe.each(shipped)('configs/sweeps/%s', (name) => {
  const plan = planSweep(`configs/sweeps/${name}`, { cwd: root });

  it('validates, is called like its file, and says how it is run', () => {
    expect(plan.name).toBe(basename(name, '.yaml'));
    expect(plan.source.sweep.description).not.toBe('');
    expect(plan.source.text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\.json\n# \S/);
    expect(plan.source.text).toContain(`involve sweep configs/sweeps/${name}`);
    // What one seed says is no result; a sweep that needs no more says so.
    const isOfOne = /^# .*\bone seed\b/m.test(plan.source.text);
    expect(plan.source.sweep.seeds).toEqual(isOfOne ? [0] : [0, 1, 2]);
  });

  it('has networks that can be built', () => {
    for (const { name: job, experiment } of plan.jobs.filter(({ seed }) => seed === 0)) {
      const classes = experiment.data.name === 'cifar10' ? 10 : 6;
      const net = designModel(experiment.model, experiment.data.inputSize, classes);
      expect(net.total().parameters, job).toBeGreaterThan(100_000);
    }
  });
});

it('operators-in-one-slot has every operator that a slot takes, and nothing but the operator differs', () => {
  const { jobs } = planSweep('configs/sweeps/operators-in-one-slot.yaml', { cwd: root });
  expect(new Set(jobs.map(({ experiment: { model } }) => 'spatial' in model && model.spatial?.type))).toEqual(
    new Set(spatialTypes),
  );
  expect(new Set(jobs.flatMap(({ changes }) => Object.keys(changes)))).toEqual(new Set(['model.spatial']));
});

it('operators-at-equal-cost has every operator, and networks of equal multiply-adds', () => {
  const { jobs } = planSweep('configs/sweeps/operators-at-equal-cost.yaml', { cwd: root });
  const costs = jobs
    .filter(({ seed }) => seed === 0)
    .map(({ name, experiment: { model, data } }) => ({
      name,
      macs: designModel(model, data.inputSize, 10).total().macs,
    }));
  expect(new Set(costs.map(({ name }) => name))).toEqual(new Set(spatialTypes));
  const conv = costs.find(({ name }) => name === 'conv')!.macs;
  for (const { name, macs } of costs) expect(Math.abs(macs / conv - 1), name).toBeLessThan(0.03);
});

it('dense-small compares networks of one size: equal multiply-adds, or equal parameters, as their names say', () => {
  const { jobs } = planSweep('configs/sweeps/dense-small.yaml', { cwd: root });
  const costs = jobs
    .filter(({ seed }) => seed === 0)
    .map(({ name, experiment: { model, data } }) => {
      return { name, ...designFor(taskOfCount(10, { target: 'mask' }), model, data.inputSize).total() };
    });
  const [conv, ...others] = costs;
  expect(conv.name).toBe('conv');
  expect(others).toHaveLength(24);
  for (const { name, macs, parameters } of others) {
    const share = name.endsWith('-macs') ? macs / conv.macs : parameters / conv.parameters;
    expect(Math.abs(share - 1), name).toBeLessThan(0.02);
  }
});

it('configs/sweeps/schema.json is what the code says', () => {
  const file = JSON.parse(readFileSync(`${root}configs/sweeps/schema.json`, 'utf8')) as unknown;
  expect(file, 'run: npm run schema').toEqual(JSON.parse(JSON.stringify(sweepJsonSchema())));
});
