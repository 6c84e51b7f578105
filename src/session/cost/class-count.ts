import type { Experiment } from '../../config/schema.js';
import { openSource } from '../../data/open-source.js';
import { knownClasses } from '../../data/sets/index.js';
import { InvolveError } from '../../util/errors.js';
import { publishedFigures } from '../../config/source.js';
import { orSay } from './or-say.js';

/** The folder of the data is not there. */
const ABSENT: readonly string[] = ['E_DATA_DIR', 'E_DATA_MISSING'];

/**
 * How many classes a network is counted with: those of the data, whose folders are listed where nothing else can
 * tell; where it is not on this machine, those that the article's figures are of.
 * @param flag of the command that can say it in the data's place, as it is typed
 */
export async function classCount({ data, source }: Experiment, cwd: string, flag?: string): Promise<number> {
  const known = knownClasses(data);
  if (known !== null) return known.length;
  const published = publishedFigures(source)?.classes ?? null;
  return orSay(flag, async () => {
    try {
      return (await openSource(data, cwd)).classes.length;
    } catch (error) {
      const isAbsent = error instanceof InvolveError && ABSENT.includes(error.code);
      if (!isAbsent || published === null) throw error;
      return published;
    }
  });
}
