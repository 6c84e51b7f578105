import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigFolder, MINIMAL } from '../../config/testing.js';

let configs: ConfigFolder;
beforeAll(() => {
  configs = new ConfigFolder();
});
afterAll(() => configs.remove());

const problemsOf = (model: object) => {
  configs.write('a.json', { ...MINIMAL, model });
  const { exitCode, problems } = configs.error('a.json');
  return { exitCode, problems: problems.map(({ what, where }) => `${where?.replace(/:\d+/, '')}: ${what}`) };
};

describe('refused, with exit code 2', () => {
  it.each<[string, object, string]>([
    [
      'α above 1',
      { family: 'octconv-article', alpha: 1.5 },
      'model.alpha: expected a number from 0 to 1, received 1.5',
    ],
    [
      'α below 0',
      { family: 'wide-resnet', alpha: -0.25 },
      'model.alpha: expected a number from 0 to 1, received -0.25',
    ],
    [
      'α of the slot',
      { family: 'resnet', spatial: { type: 'octconv', alpha: 2 } },
      'model.spatial.alpha: expected a number from 0 to 1, received 2',
    ],
    [
      'α that is no number',
      { family: 'octconv-article', alpha: 'half' },
      'model.alpha: expected a number from 0 to 1, received "half"',
    ],
    [
      'an unknown head',
      { family: 'octconv-article', head: 'gap' },
      'model.head: expected one of "concat-gap", "gap-concat", received "gap"',
    ],
    [
      'a depth that no Wide ResNet has',
      { family: 'wide-resnet', depth: 27 },
      'model.depth: must be 6n + 4: 10, 16, 22, 28, 34, 40 …, received 27',
    ],
  ])('%s', (_, model, problem) => {
    expect(problemsOf(model)).toEqual({ exitCode: 2, problems: [`a.json: ${problem}`] });
  });
});
