import { badInput } from '../../../util/errors.js';

/** The libtensorflow that this program is measured on. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The oldest one that its graphs were run on. */
const OLDEST = '2.15.0';

/**
 * A version as pip writes it: `2.21` is `2.21.0`.
 * @throws InvolveError (exit code 2) for what is no version, or too old
 */
export function checkVersion(version: string): string {
  const match = /^(\d+\.\d+)(\.\d+)?((?:rc\d+|\.post\d+)?)$/.exec(version);
  if (match === null) {
    throw badInput('E_VERSION', {
      what: `--version expects a version of TensorFlow such as ${TENSORFLOW_VERSION}, received "${version}"`,
    });
  }
  if (!isUsableVersion(version)) {
    throw badInput('E_VERSION', {
      what: `--version expects TensorFlow ${OLDEST} or newer, received ${version}`,
      try: `--version ${TENSORFLOW_VERSION}`,
    });
  }
  return `${match[1]}${match[2] ?? '.0'}${match[3]}`;
}

/** Whether a version is new enough. */
export function isUsableVersion(version: string): boolean {
  return compareVersions(version, OLDEST) >= 0 || version === '2.15';
}

/** Older before newer. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
