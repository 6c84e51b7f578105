// A plugin of StrykerJS that lets through the changes of a sample alone. StrykerJS has no word for a change that was not
// drawn: it stands in its reports as one that does not compile, which counts for nothing.
import { relative, sep } from 'node:path';
import { isDrawn } from './sample.mjs';

const { share, seed, root } = JSON.parse(process.env.INVOLVE_MUTATION_SAMPLE ?? '{"share":1,"seed":0}');

/** Within StrykerJS lines and columns begin at 0, in its reports at 1. */
const fromOne = ({ line, column }) => ({ line: line + 1, column: column + 1 });

const checker = {
  init: async () => {},
  group: async (mutants) => [mutants.map(({ id }) => id)],
  check: async (mutants) =>
    Object.fromEntries(
      mutants.map(({ id, fileName, location, mutatorName, replacement }) => {
        const change = {
          file: relative(root, fileName).split(sep).join('/'),
          location: { start: fromOne(location.start), end: fromOne(location.end) },
          mutatorName,
          replacement,
        };
        return [
          id,
          isDrawn(change, { share, seed })
            ? { status: 'passed' }
            : { status: 'compileError', reason: 'not drawn' },
        ];
      }),
    ),
};

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', value: checker }];
