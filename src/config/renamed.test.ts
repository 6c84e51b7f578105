import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { renamed } from '../util/schema-parts.js';
import { loadExperiment } from './load.js';
import { fromPlain, toPlain } from './located.js';
import { renameKeys } from './renamed.js';

let dir = '';
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'renamed-'))));
afterAll(() => rmSync(dir, { recursive: true }));

const BASE = { name: 'old', data: { name: 'scenes', inputSize: 32 }, train: { epochs: 1 } };
const write = (name: string, config: object): string => {
  writeFileSync(join(dir, name), JSON.stringify(config, null, 1));
  return name;
};
const load = (config: object, set: readonly string[] = []) =>
  loadExperiment(write('old.json', config), { cwd: dir, set });
const modelOf = (model: object, set: readonly string[] = []) => {
  const { experiment, notes } = load({ ...BASE, model }, set);
  return { model: experiment.model, notes };
};

describe('a key that had another name', () => {
  it.each<[object, object, string]>([
    [
      { family: 'resnet', spatial: { type: 'involution', channelsPerGroup: 8 } },
      { spatial: { type: 'involution', groups: { channels: 8 } } },
      'old.json:14: model.spatial.channelsPerGroup: is written model.spatial.groups: { channels: 8 } now',
    ],
    [
      { family: 'lr-net', spatial: { type: 'local-relation', channelsPerGroup: 1 } },
      { spatial: { groups: { channels: 1 } } },
      'old.json:14: model.spatial.channelsPerGroup: is written model.spatial.groups: { channels: 1 } now',
    ],
    [
      { family: 'resnet', spatial: { type: 'local-attention', channelsPerHead: 4 } },
      { spatial: { heads: { channels: 4 } } },
      'old.json:14: model.spatial.channelsPerHead: is written model.spatial.heads: { channels: 4 } now',
    ],
    [
      { family: 'resnet', spatial: { type: 'san-pairwise', position: false } },
      { spatial: { position: 'none' } },
      'old.json:14: model.spatial.position: is written model.spatial.position: none now',
    ],
    [
      { family: 'sasa-resnet', attentionStages: [3, 4] },
      { spatialStages: [3, 4] },
      'old.json:12: model.attentionStages: is written model.spatialStages: [3, 4] now',
    ],
    [
      { family: 'axial-resnet', groups: 4 },
      { spatial: { type: 'axial-attention', heads: 4, span: null } },
      'old.json:12: model.groups: is written model.spatial.heads: 4 now',
    ],
    [
      { family: 'san', share: 4 },
      { groups: { channels: 4 } },
      'old.json:12: model.share: is written model.groups: { channels: 4 } now',
    ],
    [
      { family: 'san', attention: { type: 'pairwise', position: true } },
      { attention: { position: 'relative' } },
      'old.json:14: model.attention.position: is written model.attention.position: relative now',
    ],
  ])('%j is taken for what it is, with a note', (model, expected, note) => {
    const loaded = modelOf(model);
    expect(loaded.model).toMatchObject(expected);
    expect(loaded.notes).toEqual([note]);
  });

  it('a resolved config of before is what it was', () => {
    const axial = {
      groups: 8,
      span: null,
      tableSpan: 255,
      positions: { query: true, key: true, value: false },
    };
    const { model } = modelOf({ family: 'axial-resnet', ...axial });
    const { groups, ...rest } = axial;
    expect(model).toMatchObject({ spatial: { type: 'axial-attention', heads: groups, ...rest } });
    const heads = { type: 'local-attention', heads: 4, channelsPerHead: null };
    const { model: local, notes } = modelOf({ family: 'sasa-resnet', spatial: heads });
    expect(local).toMatchObject({ spatial: { heads: 4 } });
    expect(notes).toEqual(['old.json:15: model.spatial.channelsPerHead: is not needed any more']);
    const both = { type: 'local-attention', heads: 4, channelsPerHead: 16 };
    expect(modelOf({ family: 'sasa-resnet', spatial: both }).model).toMatchObject({
      spatial: { heads: { channels: 16 } },
    });
  });

  it('is told where it was written, also where only what it extends says of which operator', () => {
    write('base.json', { ...BASE, model: { family: 'axial-resnet', groups: 4, span: 5 } });
    const over = { extends: './base.json', name: 'over', model: { groups: 2 } };
    const { experiment, notes } = load(over);
    expect(experiment.model).toMatchObject({ spatial: { type: 'axial-attention', heads: 2, span: 5 } });
    expect(notes).toContain('base.json:12: model.groups: is written model.spatial.heads: 4 now');
    expect(notes).toContain('old.json:5: model.groups: is written model.spatial.heads: 2 now');
    const within = { extends: './base.json', name: 'over', model: { spatial: { groups: 2 } } };
    expect(load(within).experiment.model).toMatchObject({ spatial: { heads: 2, span: 5 } });
  });

  it.each<[string, string, object]>([
    ['rednet', 'model.spatial.channelsPerGroup=8', { spatial: { groups: { channels: 8 } } }],
    ['axial-resnet', 'model.groups=4', { spatial: { type: 'axial-attention', heads: 4 } }],
    ['axial-resnet', 'model.spatial.groups=4', { spatial: { type: 'axial-attention', heads: 4 } }],
    ['axial-resnet', 'model.positions.query=false', { spatial: { positions: { query: false, key: true } } }],
    [
      'sasa-resnet',
      'model.spatial={type: local-attention, channelsPerHead: 8}',
      { spatial: { heads: { channels: 8 } } },
    ],
    ['resnet', 'model.spatial={type: san-pairwise, position: false}', { spatial: { position: 'none' } }],
    ['san', 'model.attention.position=false', { attention: { position: 'none' } }],
  ])('in %s by --set %s', (family, set, expected) => {
    const { model, notes } = modelOf({ family }, [set]);
    expect(model).toMatchObject(expected);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(`--set ${set}`);
  });

  it('by --set, where it said what goes without saying, is left out', () => {
    const heads = { type: 'local-attention', heads: 4 };
    const { model, notes } = modelOf({ family: 'sasa-resnet', spatial: heads }, [
      'model.spatial.channelsPerHead=null',
      'train.batchSize=3',
    ]);
    expect(model).toMatchObject({ spatial: heads });
    expect(notes).toEqual(['--set model.spatial.channelsPerHead=null: is not needed any more']);
  });

  it('of a part that has no default takes the part along, and nothing else', () => {
    const part = z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('a'), size: z.number() }),
      z.strictObject({ type: z.literal('b'), size: z.number() }),
    ]);
    const keys = { old: { to: 'part.size' } };
    const rename = (schema: z.ZodType) =>
      toPlain(renameKeys(schema, fromPlain({ old: 3 }, { file: 'a.json', line: 1 })).node);
    expect(rename(renamed(z.strictObject({ part }), keys))).toEqual({ part: { size: 3 } });
    const standard = part.default({ type: 'b', size: 1 });
    expect(rename(renamed(z.strictObject({ part: standard }), keys))).toEqual({
      part: { type: 'b', size: 3 },
    });
    const plain = z.strictObject({ size: z.number() }).default({ size: 1 });
    expect(rename(renamed(z.strictObject({ part: plain }), keys))).toEqual({ part: { size: 3 } });
  });

  it('of a part that does not say of what kind it is, is one of the kind that had it', () => {
    const part = z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('a'), size: z.number() }),
      renamed(z.strictObject({ type: z.literal('b'), size: z.number(), both: z.number() }), {
        old: { to: 'size' },
      }),
    ]);
    const rename = (value: object) =>
      toPlain(
        renameKeys(z.strictObject({ part }), fromPlain({ part: value }, { file: 'a.json', line: 1 })).node,
      );
    expect(rename({ old: 3 })).toEqual({ part: { size: 3 } });
    expect(rename({ type: 'b', old: 3 })).toEqual({ part: { type: 'b', size: 3 } });
    // The kind that is named has no such key, and none is called so.
    expect(rename({ type: 'a', old: 3 })).toEqual({ part: { type: 'a', old: 3 } });
    expect(rename({ other: 3 })).toEqual({ part: { other: 3 } });
  });

  it('and the names of now say nothing', () => {
    expect(modelOf({ family: 'axial-resnet', spatial: { type: 'axial-attention', heads: 4 } }).notes).toEqual(
      [],
    );
    const involution = {
      type: 'involution',
      groups: 4,
      reductionRatio: 4,
      kernelSize: 7,
      followedBy: 'bn-swish',
    };
    const { model, notes } = modelOf({
      family: 'efficientnet',
      attention: { ...involution, generator: 'paper' },
    });
    expect(model).toMatchObject({
      attention: { ...involution, generation: 'pixel', initialization: 'static', kernelBound: 'none' },
    });
    expect(notes).toEqual([]);
  });
});
