import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { missing } from '../../../util/errors.js';
import { runChild, type ChildEnd } from './child.js';
import { pipFailure, versionsOffered, unknownVersion, noWheel, isUnreachable } from './pip-problem.js';
import { pipInstallCommand, platformTags, type WheelPlatform } from './platform.js';
import { makeFolder } from '../../../util/writing/make-folder.js';
import { errorCode } from '../../../util/system-error.js';

/** The CPythons that TensorFlow is built for; its library does not depend on which. */
const PYTHONS = ['3.11', '3.12', '3.13', '3.10'];

/** The first pip that takes several platforms at once. */
const OLDEST_PIP = 21;

export interface PipOptions {
  readonly platform: WheelPlatform;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Bytes of the wheel so far; `total` is null until pip has said it. */
  readonly onProgress?: (done: number, total: number | null) => void;
}

/**
 * The version of the user's own pip.
 * @throws InvolveError (exit code 3) where there is no Python, no pip, or one that is too old
 */
export async function pipVersion({ env, signal }: Pick<PipOptions, 'env' | 'signal'>): Promise<string> {
  const { code, stdout, stderr } = await python(['-m', 'pip', '--version'], { env, signal });
  const version = /^pip (\S+)/.exec(stdout)?.[1];
  if (code !== 0 || version === undefined) {
    if (/No module named pip/.test(stderr)) {
      throw missing('E_PIP_MISSING', {
        what: 'pip fetches TensorFlow, and the python3 of this machine has none',
        try: pipInstallCommand(),
      });
    }
    throw missing('E_PIP_MISSING', {
      what: `pip does not start: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`,
      where: 'python3 -m pip --version',
      try: pipInstallCommand(),
    });
  }
  if (Number.parseInt(version, 10) < OLDEST_PIP) {
    throw missing('E_PIP_MISSING', {
      what: `pip ${version} is too old to choose among platforms; ${OLDEST_PIP} can`,
      try: 'python3 -m pip install --user --upgrade pip',
    });
  }
  return version;
}

/**
 * Fetches one wheel by the user's own pip, and so by their index, mirror, proxy and certificates, for this
 * platform and whichever Python it is built for. A wheel that is here already is not fetched again: files
 * appear in the folder by a rename, when they are whole.
 *
 * @param requirement as pip takes it: `tensorflow-cpu==2.21.0`, `nvidia-cudnn-cu12<10.0,>=9.3`
 * @param folder where the wheel goes; all of one name in it are taken for the same requirement
 * @returns the path, and the bytes fetched by this call
 */
export async function downloadWheel(
  requirement: string,
  folder: string,
  options: PipOptions,
): Promise<{ path: string; fetched: number }> {
  const here = findWheel(folder, requirement);
  if (here !== undefined) return { path: here, fetched: 0 };
  const temporary = await mkdtemp(join(folder, '.pip-'));
  try {
    const out = join(temporary, 'out');
    await fetchForSomePython(requirement, temporary, out, options);
    const name = (await readdir(out)).find((each) => each.endsWith('.whl'));
    if (name === undefined) throw new Error(`pip fetched no wheel of ${requirement}`);
    const path = join(folder, name);
    await rename(join(out, name), path);
    return { path, fetched: statSync(path).size };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Name of a package as wheels write it (PEP 491, 503). */
export function wheelPrefix(requirement: string): string {
  const name = /^[\w.-]*\w/.exec(requirement)![0];
  return `${name.replace(/[-_.]+/g, '_').toLowerCase()}-`;
}

// --- internal ---

function findWheel(folder: string, requirement: string): string | undefined {
  const prefix = wheelPrefix(requirement);
  const name = readdirSync(folder).find(
    (each) => each.toLowerCase().startsWith(prefix) && each.endsWith('.whl'),
  );
  return name === undefined ? undefined : join(folder, name);
}

/** A version is built for some Pythons and not for others: asks for one after the other. */
async function fetchForSomePython(
  requirement: string,
  temporary: string,
  out: string,
  options: PipOptions,
): Promise<void> {
  const offered = new Set<string>();
  let end: ChildEnd;
  for (const version of PYTHONS) {
    end = await fetchOnce(requirement, version, temporary, out, options);
    if (end.code === 0) return;
    const versions = versionsOffered(end.stderr);
    if (versions === null || isUnreachable(end)) throw pipFailure(requirement, end, options.env);
    versions.forEach((each) => offered.add(each));
  }
  throw offered.size > 0 ? unknownVersion(requirement, offered) : noWheel(requirement, end!, options);
}

async function fetchOnce(
  requirement: string,
  pythonVersion: string,
  temporary: string,
  out: string,
  { platform, env, signal, onProgress }: PipOptions,
): Promise<ChildEnd> {
  // pip writes what comes to a folder below TMPDIR: looking there shows how far it is, whatever its version.
  const scratch = join(temporary, 'tmp');
  await makeFolder(scratch);
  let total: number | null = null;
  const watch = setInterval(() => onProgress?.(wheelBytes(scratch), total), 250);
  try {
    return await python(
      [
        ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', out],
        ...platformTags(platform).flatMap((tag) => ['--platform', tag]),
        ...['--implementation', 'cp', '--python-version', pythonVersion],
        ...['--abi', `cp${pythonVersion.replace('.', '')}`],
        // pip's own cache would hold the same gigabytes a second time.
        ...['--no-cache-dir', '--no-input', '--progress-bar', 'off', '--disable-pip-version-check'],
        requirement,
      ],
      {
        env: { ...env, TMPDIR: scratch, PYTHONUNBUFFERED: '1' },
        signal,
        onLine: (line) => {
          total = sizeSaid(line) ?? total;
        },
      },
    );
  } finally {
    clearInterval(watch);
  }
}

async function python(args: readonly string[], options: Parameters<typeof runChild>[2]): Promise<ChildEnd> {
  try {
    return await runChild('python3', args, options);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw missing(
      'E_PIP_MISSING',
      { what: 'pip fetches TensorFlow, and there is no python3 on PATH', try: pipInstallCommand() },
      { cause: error },
    );
  }
}

/** The size in pip's line `Downloading tensorflow_cpu-….whl (273.8 MB)`, in bytes. */
function sizeSaid(line: string): number | null {
  const [, number, unit] = /^\s*Downloading .*\((\d+(?:\.\d+)?) (bytes|kB|MB|GB)\)\s*$/.exec(line) ?? [];
  if (number === undefined) return null;
  return Number(number) * { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit as 'bytes' | 'kB' | 'MB' | 'GB'];
}

/** Bytes of the largest wheel below a folder. */
function wheelBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.whl'))
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
  return Math.max(0, ...sizes);
}
