import { isDeepStrictEqual } from 'node:util';
import { badInput, type InvolveError } from '../util/errors.js';

export interface ConfigDifference {
  /** `train.optimizer.learningRate` */
  readonly path: string;
  /** Undefined where only the other config has the key. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Every value in which two configs differ, in the order of their keys; a list counts as one value. */
export function compareConfigs(before: unknown, after: unknown): ConfigDifference[] {
  return compareAt('', before, after);
}

/**
 * Whether a value of the config has a part in the result of a run. Where data lies, what computes, and what
 * is said of it may change while a run is stopped.
 */
export function changesResult(path: string): boolean {
  return !/^(engine|log)\.|^data\.(dir|cache|workers)$|^description$|^source\b/.test(path);
}

/** What to say to a resume with another config (exit code 2): each difference on a line. */
export function resumeConfigError(dir: string, differences: readonly ConfigDifference[]): InvolveError {
  return badInput(
    'E_RESUME_CONFIG',
    differences.map(({ path, before, after }, index) => ({
      what: `${path || 'the config'} is ${show(after)}, but the run was started with ${show(before)}`,
      where: dir,
      try:
        index < differences.length - 1
          ? undefined
          : 'resume with the config of the run, or start another run by --out',
    })),
  );
}

// --- internal ---

function compareAt(path: string, before: unknown, after: unknown): ConfigDifference[] {
  if (!isRecord(before) || !isRecord(after)) {
    // Written as text and read back −0 and 0 are the same, so they are here.
    return before === after || isDeepStrictEqual(before, after) ? [] : [{ path, before, after }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => compareAt(path === '' ? key : `${path}.${key}`, before[key], after[key]));
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
