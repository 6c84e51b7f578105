import { closestString } from '../../../util/closest-string.js';
import { badInput, missing, runFailed, type InvolveError } from '../../../util/errors.js';
import type { ChildEnd } from './child.js';
import { describePlatform, type WheelPlatform } from './platform.js';
import { compareVersions, isUsableVersion } from './version.js';

const ON_ANOTHER_MACHINE = 'with the wheels in a folder: PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER';

/** The versions that pip says there are, oldest first; null where it did not come so far as to look. */
export function versionsOffered(stderr: string): string[] | null {
  const [, list] = /from versions: ([^)]*)\)/.exec(stderr) ?? [];
  if (list === undefined) return null;
  return list === 'none' ? [] : list.split(/,\s*/);
}

/** Whether the answer came from no index at all: pip then says, after its retries, that there are no versions. */
export function isUnreachable({ stderr }: ChildEnd): boolean {
  return /connection broken|Could not fetch URL|Failed to establish|ReadTimeout|NameResolution/i.test(stderr);
}

/** A version that the index does not have (exit code 2). */
export function unknownVersion(requirement: string, offered: Iterable<string>): InvolveError {
  const [name, version] = requirement.split('==');
  const usable = [...new Set(offered)].filter(isUsableVersion).sort(compareVersions);
  const meant = closestString(version ?? '', usable);
  return badInput('E_VERSION', {
    what: `pip finds no version ${version} of ${name}; it offers ${usable.join(', ') || 'none that can be used'}`,
    where: '--version',
    try: `--version ${meant ?? usable.findLast(isRelease) ?? usable.at(-1)}`,
  });
}

/** Nothing for this platform (exit code 3). */
export function noWheel(
  requirement: string,
  { stderr }: ChildEnd,
  { platform, env }: { readonly platform: WheelPlatform; readonly env: NodeJS.ProcessEnv },
): InvolveError {
  const warning = stderr.split('\n').findLast((line) => line.startsWith('WARNING: '));
  const because = warning === undefined ? '' : `: ${warning.slice('WARNING: '.length)}`;
  return missing('E_NO_WHEEL', {
    what: `pip finds no wheel of ${requirement} for ${describePlatform(platform)}${because}`,
    where: indexOf(env),
    try: `look at that address; or ${ON_ANOTHER_MACHINE}`,
  });
}

/** Why pip failed otherwise. */
export function pipFailure(requirement: string, end: ChildEnd, env: NodeJS.ProcessEnv): InvolveError {
  const { stderr, code, signal } = end;
  const said = lastError(stderr) ?? (signal === null ? `exit code ${code}` : `ended by ${signal}`);
  const index = indexOf(env);
  if (/No space left on device|Errno 28|Disk quota/i.test(stderr)) {
    return runFailed('E_DISK_FULL', {
      what: `the disk is full: pip cannot write ${requirement}`,
      try: 'make room, or choose another place: --dir DIR',
    });
  }
  if (
    /DO NOT MATCH THE HASHES|is invalid|BadZipFile|Expected sha256|IncompleteRead|incomplete/i.test(stderr)
  ) {
    return runFailed('E_CHECKSUM', {
      what: `the wheel of ${requirement} came damaged or cut short, and was removed: ${said}`,
      where: index,
      try: 'the same command again; if it stays so, the file there is damaged',
    });
  }
  if (isUnreachable(end)) {
    return runFailed('E_DOWNLOAD', {
      what: `pip cannot reach its index for ${requirement}: ${reasonOf(stderr)}`,
      where: index,
      try: `check the network, the proxy and that address, then the same command again; or ${ON_ANOTHER_MACHINE}`,
    });
  }
  return runFailed('E_DOWNLOAD', {
    what: `pip could not fetch ${requirement}: ${said}`,
    where: index,
    try: 'the same command again',
  });
}

// --- internal ---

function isRelease(version: string): boolean {
  return /^[\d.]+$/.test(version);
}

/** pip's last line of an error; of an exception that it did not expect, the last line of the traceback. */
function lastError(stderr: string): string | undefined {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const said = lines.findLast((line) => line.startsWith('ERROR: '))?.slice('ERROR: '.length);
  return said === undefined || said === 'Exception:' ? lines.at(-1) : said;
}

/** The innermost words of urllib3's: `… NewConnectionError('<…>: Failed to establish a new connection: …')`. */
function reasonOf(stderr: string): string {
  const [, broken] = /connection broken by '(.*?)'?: \/\S*$/m.exec(stderr) ?? [];
  const words = broken ?? lastError(stderr) ?? 'no answer';
  const [, inner] = /: ((?:Failed|\[Errno|Read timed|Connection|certificate|Max)[^'"]*)/.exec(words) ?? [];
  return (inner ?? words).trim();
}

/** Where pip looks, without the password that may stand in the address. */
function indexOf(env: NodeJS.ProcessEnv): string {
  const address = env.PIP_INDEX_URL?.replace(/\/\/[^/@]*@/, '//');
  return address === undefined ? "pip's index (pip config list shows which)" : `PIP_INDEX_URL=${address}`;
}
