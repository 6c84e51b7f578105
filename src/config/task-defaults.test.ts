import { describe, expect, it } from 'vitest';
import { fromPlain, toPlain } from './located.js';
import { withTaskDefaults } from './task-defaults.js';

const told = (config: unknown): unknown =>
  toPlain(withTaskDefaults(fromPlain(config, { file: 'a.yaml', line: 1 })));

describe('the best checkpoint', () => {
  it.each(['scene-masks', 'mask-folder'])('of the masks of %s is told by their mean IoU', (name) => {
    const data = { name };
    expect(told({ data })).toEqual({ data, checkpoint: { best: 'val_miou' } });
    const checkpoint = { every: { epochs: 2 } };
    expect(told({ data, checkpoint })).toEqual({ data, checkpoint: { ...checkpoint, best: 'val_miou' } });
  });

  it('is told as a config says', () => {
    const config = { data: { name: 'scene-masks' }, checkpoint: { best: 'val_loss' } };
    expect(told(config)).toEqual(config);
  });

  it.each([
    { data: { name: 'scenes' } },
    { data: { name: 'intel' }, checkpoint: {} },
    { data: { name: 'nothing that is known' } },
    { data: {} },
    { data: 'scene-masks' },
    { data: { name: 'scene-masks' }, checkpoint: 3 },
    {},
    'scene-masks',
  ])('has no default of a task in %j', (config) => {
    expect(told(config)).toEqual(config);
  });
});
