import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvolveError } from '../util/errors.js';
import type { EfficientNetConfig } from '../models/efficientnet/options.js';
import type { Experiment } from './schema.js';
import { loadExperiment, type LoadedExperiment, type LoadOptions } from './load.js';

/** The folder of the configs that are shipped. */
export const SHIPPED_ROOT = fileURLToPath(new URL('../../configs/', import.meta.url));

/** Every experiment that is shipped, by its path in that folder. */
export function shippedConfigs(): string[] {
  return (readdirSync(SHIPPED_ROOT, { recursive: true }) as string[])
    .filter((name) => /\.(json|yaml)$/.test(name) && name !== 'schema.json' && !name.startsWith('sweeps'))
    .sort();
}

/** What the tests of loading load: the family with the most options. */
type EfficientNetExperiment = Experiment & { readonly model: EfficientNetConfig };

/** A folder of configs for one test. */
export class ConfigFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'involve-config-')));

  /** Writes a config: text as it is, anything else as JSON. */
  write(name: string, content: string | object): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return file;
  }

  load(name: string, options: LoadOptions = {}): EfficientNetExperiment {
    const { experiment } = loadExperiment(name, { cwd: this.path, ...options });
    if (experiment.model.family !== 'efficientnet') throw new Error(`${name} is no EfficientNet`);
    return experiment as EfficientNetExperiment;
  }

  /** The smallest config there is, with these changes: the experiment, and what is noted of it. */
  minimal(set: readonly string[]): LoadedExperiment {
    this.write('a.json', MINIMAL);
    return loadExperiment('a.json', { cwd: this.path, set });
  }

  /** The error of a config that cannot be loaded. */
  error(name: string, options: LoadOptions = {}): InvolveError {
    try {
      this.load(name, options);
    } catch (error) {
      if (error instanceof InvolveError) return error;
      throw error;
    }
    throw new Error(`${name} was expected not to load`);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** The least that is an experiment. */
export const MINIMAL = {
  name: 'minimal',
  data: { name: 'scenes', inputSize: 32 },
  model: { family: 'efficientnet' },
  train: { epochs: 2 },
} as const;
