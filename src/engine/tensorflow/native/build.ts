import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemNames } from '../systems.js';
import { makeFolder } from '../../../util/writing/make-folder.js';

/** What came of building the custom operations. */
export interface CustomOpsBuild {
  /** The library, or null where there is none: the engine then puts the operations together from TensorFlow's own. */
  readonly path: string | null;
  /** One line for people: what was built by which compiler, or why not. */
  readonly note: string;
}

/** Where the operations of an installation lie. */
export interface CustomOpsPlace {
  /** The folder of the installation. */
  readonly dir: string;
}

/** The library that was built from these sources for this processor, if there is one. Starts no compiler. */
export function findCustomOps({ dir }: CustomOpsPlace): string | null {
  const folder = join(dir, 'ops');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return null;
  const name = readdirSync(folder).find((file) => file.startsWith(prefix()) && file.endsWith('.so'));
  return name === undefined ? null : join(folder, name);
}

/**
 * Compiles the custom operations for this processor into the installation, unless they are there, with the user's own
 * compiler: `$CXX`, else c++, g++ or clang++. Takes seconds. Never fails: without a compiler, or with one that cannot,
 * the note says so.
 */
export async function buildCustomOps(place: CustomOpsPlace): Promise<CustomOpsBuild> {
  const found = findCustomOps(place);
  if (found !== null) return { path: found, note: `custom operations: ${basename(found)}` };
  try {
    return await build(place);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

// --- internal ---

const SOURCES = dirname(fileURLToPath(import.meta.url));
const OPTIONS = [
  '-std=c++17',
  '-O3',
  '-ffp-contract=fast',
  '-fno-math-errno',
  '-fPIC',
  '-fvisibility=hidden',
  '-Wno-psabi',
];
/** For the longest compilation of one file. */
const PATIENCE_MS = 300_000;
/** The first lines of what a compiler complains about say it all. */
const SHOWN_LINES = 3;

async function build({ dir }: CustomOpsPlace): Promise<CustomOpsBuild> {
  const compiler = await findCompiler();
  if (compiler === null) {
    return failed('no C++ compiler on this machine (tried $CXX, c++, g++, clang++)');
  }
  const folder = join(dir, 'ops');
  await makeFolder(folder);
  const stem = join(folder, `${prefix()}-${hash(compiler.version).slice(0, 8)}`);
  // What failed once is not tried at every start.
  if (existsSync(`${stem}.failed`)) return failed(await readFile(`${stem}.failed`, 'utf8'));
  const scratch = await mkdtemp(join(folder, 'build-'));
  try {
    const started = Date.now();
    const library = join(scratch, 'ops.so');
    const tuned = process.arch === 'arm64' ? '-mcpu=native' : '-march=native';
    try {
      await compile(compiler.command, [...OPTIONS, tuned], scratch, library);
    } catch {
      // An old compiler may not know the processor.
      await compile(compiler.command, OPTIONS, scratch, library);
    }
    const path = `${stem}.so`;
    await moveWhole(library, path);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    return { path, note: `custom operations built in ${seconds} s by ${compiler.version.split('\n')[0]}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await writeFile(`${stem}.failed`, why);
    return failed(why);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function failed(why: string): CustomOpsBuild {
  return {
    path: null,
    note: `custom operations are not built, TensorFlow's own take their place: ${why}`,
  };
}

/** Paths below the folder of sources, with slashes. */
function sources(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort();
}

/** Of the library's name: what it depends on beside the compiler. */
function prefix(): string {
  const text = sources().map((file) => `${file}\n${readFileSync(join(SOURCES, file), 'utf8')}`);
  return `involve-ops-${hash(...text, processor()).slice(0, 16)}`;
}

/** Code for this processor may not run on another: a shared folder can hold a library for each. */
function processor(): string {
  const model = `${process.arch} ${cpus()[0]?.model ?? ''}`;
  try {
    const features = /^(flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
    return `${model} ${features?.[0] ?? ''}`;
  } catch {
    return model;
  }
}

function hash(...parts: readonly string[]): string {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex');
}

async function findCompiler(): Promise<{ readonly command: string; readonly version: string } | null> {
  const named = process.env.CXX;
  for (const command of named ? [named] : ['c++', 'g++', 'clang++']) {
    try {
      return { command, version: await run(command, ['--version']) };
    } catch {
      // The next one.
    }
  }
  return null;
}

/** Compiles every file, side by side, and links them. TensorFlow's functions are found when the library is loaded. */
async function compile(
  command: string,
  options: readonly string[],
  scratch: string,
  library: string,
): Promise<void> {
  const files = sources().filter((file) => file.endsWith('.cc'));
  const objects = files.map((file) => join(scratch, `${file.replaceAll('/', '-')}.o`));
  const compilations = files.map((file, i) =>
    run(command, [...options, '-I', SOURCES, '-c', join(SOURCES, file), '-o', objects[i]]),
  );
  // All must have ended before the folder may go.
  const results = await Promise.allSettled(compilations);
  for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
  await run(command, ['-shared', ...objects, '-o', library, ...systemNames().unresolved]);
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: PATIENCE_MS, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const lines = stderr.split('\n').filter((line) => line.trim() !== '');
      const shown = lines.slice(0, SHOWN_LINES).join(' / ') || error.message;
      reject(new Error(`${command} failed: ${shown}`, { cause: error }));
    });
  });
}

/** So that no other process ever sees half a library. */
async function moveWhole(from: string, to: string): Promise<void> {
  const file = await open(from, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(from, to);
}
