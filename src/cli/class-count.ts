import type { DataConfig } from '../config/schema.js';
import { openSource } from '../data/dataset.js';
import { orSay } from './or-say.js';

/** Classes of the sets whose number is known without their files. */
const KNOWN_CLASSES: Readonly<Partial<Record<DataConfig['name'], number>>> = {
  intel: 6,
  cifar10: 10,
  scenes: 6,
};

/** How many classes a config's data has; folders are listed where nothing else can tell. */
export async function classCount(data: DataConfig, cwd: string): Promise<number> {
  const known = KNOWN_CLASSES[data.name];
  if (known !== undefined) return known;
  return orSay('--classes N', async () => (await openSource(data, cwd)).classes.length);
}
