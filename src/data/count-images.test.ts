import { expect, it } from 'vitest';
import { countImages, openDataset } from './dataset.js';
import { dataConfig, temporaryFolder } from './sample-data.testing.js';

it.each([{}, { limit: { train: 30, validation: 7, test: null } }, { validation: 'test' as const }])(
  'counts the images of every split as training will find them: %j',
  async (changes) => {
    const base = { name: 'scenes' as const, inputSize: 8, scenes: { train: 64, test: 20, seed: 0 } };
    const config = dataConfig({ ...base, ...changes });
    const dataset = await openDataset(config, { cacheDir: temporaryFolder() });
    const { train, validation, test } = dataset;
    const counts = { train: train.count, validation: validation.count, test: test.count };
    await dataset.close();
    expect(await countImages(config)).toEqual(counts);
  },
);
