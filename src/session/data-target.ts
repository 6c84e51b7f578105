import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Experiment } from '../config/schema.js';
import { dataSetNames } from '../data/sets/index.js';
import { closestString } from '../util/closest-string.js';
import { badInput } from '../util/errors.js';
import { packageFile } from '../util/package-file.js';

/** What stands where only a data set was named: its augmentation and input size are as good as any. */
const quickstart = packageFile('configs/quickstart.json');

/**
 * The experiment whose data a command is about: a config, or the name of a data set, or a folder alone, whose
 * layout tells which set it is.
 */
export async function loadTarget(
  operand: string | undefined,
  { dir, set = [] }: { readonly dir?: string; readonly set?: readonly string[] },
  cwd: string,
): Promise<Experiment> {
  const { loadExperiment } = await import('../config/load.js');
  // JSON is YAML: a path with any character in it stays one text.
  const place = dir === undefined ? [] : [`data.dir=${JSON.stringify(resolve(cwd, dir))}`];
  const isName =
    operand !== undefined &&
    dataSetNames.some((name) => name === operand) &&
    !existsSync(resolve(cwd, operand));
  if (operand !== undefined && !isName) {
    const meant = closestString(operand, dataSetNames);
    if (meant !== undefined && !existsSync(resolve(cwd, operand))) {
      const what = `there is neither a data set nor a config ${operand}`;
      throw badInput('E_ARGUMENT', { what, try: `did you mean "${meant}"?` });
    }
    return loadExperiment(operand, { set: [...set, ...place], cwd }).experiment;
  }
  let name = operand;
  if (name === undefined && dir !== undefined) {
    const { detectLayout } = await import('../data/detect-layout.js');
    name = await detectLayout(resolve(cwd, dir));
  }
  if (name === undefined && !set.some((text) => text.startsWith('data.name='))) {
    throw badInput('E_ARGUMENT', {
      what: 'say which data: a config, the name of a data set, or --dir DIR',
      try: `one of ${dataSetNames.join(', ')}, such as: involve data check intel`,
    });
  }
  const named = name === undefined ? [] : [`data.name=${name}`];
  return loadExperiment(quickstart, { set: [...named, ...set, ...place], cwd }).experiment;
}
