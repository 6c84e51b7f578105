import { dirname, isAbsolute, join } from 'node:path';
import { badInput, type InvolveError } from '../util/errors.js';
import { shellWord } from '../util/shell-words.js';
import { toPlain, type Located } from './located.js';

/** Whether a file's keys are those of a sweep: it names the configs that its jobs change. */
export function isOfSweep(node: Located): boolean {
  return node.kind === 'map' && (node.entries.has('base') || node.entries.has('configs'));
}

/**
 * The error for a sweep in the place of a config, undefined for anything else.
 * @param label the file as the user would type it
 */
export function sweepForConfig(node: Located, label: string): InvolveError | undefined {
  if (!isOfSweep(node) || hasNetwork(node)) return undefined;
  const base: unknown = node.kind === 'map' && node.entries.has('base') && toPlain(node.entries.get('base')!);
  return badInput('E_CONFIG_INVALID', {
    what: `${label} is a sweep, not a config`,
    where: label,
    try:
      `involve sweep ${shellWord(label)}` +
      (typeof base === 'string'
        ? `, or a config, such as its base: ${shellWord(typedFrom(label, base))}`
        : ''),
  });
}

/** The same for a config in the place of a sweep. */
export function configForSweep(node: Located, label: string): InvolveError | undefined {
  if (isOfSweep(node) || !hasNetwork(node)) return undefined;
  return badInput('E_SWEEP_INVALID', {
    what: `${label} is a config, not a sweep`,
    where: label,
    try: `involve train ${shellWord(label)}, or write a sweep that says base: ${label}`,
  });
}

// --- internal ---

/** A path that starts from a file, as it is typed where that file is called `label`. */
function typedFrom(label: string, path: string): string {
  return isAbsolute(path) || path.startsWith('~') ? path : join(dirname(label), path);
}

/** Keys that only a config has, or what takes them from another one. */
function hasNetwork(node: Located): boolean {
  return node.kind === 'map' && ['model', 'train', 'data', 'extends'].some((key) => node.entries.has(key));
}
