// Builds the routines: `node build.mjs OUTDIR` writes kernels.wasm (relaxed multiply-add) and kernels-simd.wasm (plain
// SIMD, for engines without relaxed SIMD) into OUTDIR, and what the sources declare of the routines into
// ../declarations.generated.ts, as `node build.mjs --declarations` does alone.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDeclarations, renderDeclarations } from './declarations.mjs';
import { FILES, readSources } from './sources.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [option] = process.argv.slice(2);
const declarationsOnly = option === '--declarations';
const out = resolve(!declarationsOnly && option ? option : join(here, '../../../../dist/engine/wasm'));

const FLAGS = [
  ...['--runtime', 'stub', '-O3', '--noAssert'],
  // One memory for all threads, handed in. The first 64 KiB belong to the pool (see pool.ts).
  ...['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory', '--disable', 'mutable-globals'],
];
const DATA_SECTION = 11;
const BUILDS = [
  { name: 'kernels.wasm', flags: ['--enable', 'relaxed-simd'] },
  { name: 'kernels-simd.wasm', flags: [] },
];
/** It has types alone, of which asc warns. */
const NOT_EXPORTED = ['roles'];

/** Writes a file, unless it is there with the same text: what is made from it stays fresh. Never half a file. */
function writeChanged(file, text) {
  const info = statSync(file, { throwIfNoEntry: false });
  if (info !== undefined && readFileSync(file, 'utf8') === text) return;
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

function isFresh() {
  const newest = Math.max(...FILES.map((file) => statSync(file).mtimeMs));
  return BUILDS.every(({ name }) => {
    const info = statSync(join(out, name), { throwIfNoEntry: false });
    return info !== undefined && info.mtimeMs > newest;
  });
}

/**
 * Static data would be written into the first 64 KiB, by every thread, over what the pool and the kernels keep there.
 * Some functions of AssemblyScript's library bring tables along (Math.log, Math.pow).
 */
function assertNoData(name, bytes) {
  const size = (at) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return { value, at };
    }
  };
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const { value, at: start } = size(at + 1);
    if (id === DATA_SECTION && size(start).value > 0)
      throw new Error(`${name} has static data: a kernel uses a function or a string that needs a table.`);
    at = start + value;
  }
}

async function build(sources) {
  // A folder of its own for every build, so that two at once do not meet.
  const work = join(out, `.build-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    for (const { name, text } of sources) writeFileSync(join(work, `${name}.ts`), text);
    const exported = sources.map(({ name }) => name).filter((name) => !NOT_EXPORTED.includes(name));
    writeFileSync(join(work, 'index.ts'), exported.map((name) => `export * from './${name}';\n`).join(''));
    const { default: asc } = await import('assemblyscript/asc');
    for (const { name, flags } of BUILDS) {
      const built = join(work, name);
      const args = [join(work, 'index.ts'), '-o', built, ...FLAGS, ...flags];
      if (process.env.INVOLVE_WAT) args.push('-t', join(out, `${name}.wat`));
      const { error, stderr } = await asc.main(args);
      if (error) throw new Error(`${name}: ${error.message}\n${stderr.toString()}`);
    }
    for (const { name } of BUILDS) assertNoData(name, readFileSync(join(work, name)));
    for (const { name } of BUILDS) renameSync(join(work, name), join(out, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const sources = await readSources();
writeChanged(join(here, '../declarations.generated.ts'), renderDeclarations(readDeclarations(sources)));
if (!declarationsOnly && !isFresh()) {
  const begun = Date.now();
  await build(sources);
  process.stdout.write(`Built the WebAssembly kernels in ${((Date.now() - begun) / 1000).toFixed(1)} s.\n`);
}
