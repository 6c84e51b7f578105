import type { DataConfig } from '../data/options.js';
import type { Experiment } from '../config/schema.js';
import { publishedFigures } from '../config/source.js';
import { openSource } from '../data/dataset.js';
import { InvolveError } from '../util/errors.js';
import { orSay } from './or-say.js';

/** Classes of the sets whose number is known without their files. */
const KNOWN_CLASSES: Readonly<Partial<Record<DataConfig['name'], number>>> = {
  intel: 6,
  cifar10: 10,
  scenes: 6,
};
/** The folder of the data is not there. */
const ABSENT: readonly string[] = ['E_DATA_DIR', 'E_DATA_MISSING'];

/**
 * How many classes a network is counted with: those of the data, whose folders are listed where nothing else can
 * tell; where it is not on this machine, those that the article's figures are of.
 */
export async function classCount({ data, source }: Experiment, cwd: string): Promise<number> {
  const known = KNOWN_CLASSES[data.name];
  if (known !== undefined) return known;
  const published = publishedFigures(source)?.classes ?? null;
  return orSay('--classes N', async () => {
    try {
      return (await openSource(data, cwd)).classes.length;
    } catch (error) {
      const isAbsent = error instanceof InvolveError && ABSENT.includes(error.code);
      if (!isAbsent || published === null) throw error;
      return published;
    }
  });
}
