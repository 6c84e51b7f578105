import { dataSetNames, targetOf } from '../data/sets/index.js';
import { primaryColumnOf, PRIMARY_COLUMN } from '../tasks/options.js';
import { fromPlain, toPlain, type Located } from './located.js';

/**
 * A config with what its task has for defaults, where they are others than the schema's, which are of classifiers: the
 * metric that the best checkpoint is told by. The schema cannot know them: they follow from the data.
 */
export function withTaskDefaults(config: Located): Located {
  if (config.kind !== 'map') return config;
  const best = primaryColumn(config);
  if (best === undefined || best === PRIMARY_COLUMN) return config;
  const checkpoint = config.entries.get('checkpoint') ?? fromPlain({}, config.origin);
  if (checkpoint.kind !== 'map' || checkpoint.entries.has('best')) return config;
  const told = {
    ...checkpoint,
    entries: new Map(checkpoint.entries).set('best', fromPlain(best, config.origin)),
  };
  return { ...config, entries: new Map(config.entries).set('checkpoint', told) };
}

// --- internal ---

/** Undefined where the data has no name, or none that is known: the schema says so. */
function primaryColumn({ entries }: Extract<Located, { kind: 'map' }>): string | undefined {
  const data = entries.get('data');
  const name = data?.kind === 'map' ? data.entries.get('name') : undefined;
  const known = name && dataSetNames.find((each) => each === toPlain(name));
  return known && primaryColumnOf(targetOf({ name: known }));
}
