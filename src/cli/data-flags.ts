import { dataSetNames } from '../data/sets/index.js';
import { anyFolder } from './completes.js';
import { text } from './flags.js';
import { optional } from './operands.js';

// What the commands about data take.

export const configOrSet = optional('config file, or the name of a data set', {
  words: dataSetNames,
  paths: ['config'],
});
export const dataDir = text('dir', 'folder of the data', anyFolder);
