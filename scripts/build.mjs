// Builds dist/ from src/: TypeScript by tsc, and the WebAssembly kernels by asc, side by side; before that, what the
// sources of the kernels declare is written down for tsc. The C++ sources of the TensorFlow engine's own operations
// and the PyTorch modules of exported networks are copied: they are for the user's machine.
//
// --keep-kernels: the WebAssembly kernels that dist/ has already.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleBrowser } from './bundle-browser.mjs';
import { bundleStart } from './bundle-start.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

function run(script, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${script} failed (exit code ${code})`)),
    );
  });
}

const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const kernels = join(root, 'src/engine/wasm/assembly/build.mjs');
/** Folders of sources in other languages, which are taken along. */
const FOREIGN = [
  ['engine/tensorflow/native', /\.(cc|h)$/],
  ['exchange/torch/modules', /\.py$/],
];

/** What is no longer in src/ goes: all that lies in these folders of dist/ is compiled, or exported. */
function copyForeignSources() {
  for (const [folder, kind] of FOREIGN) {
    const [from, to] = ['src', 'dist'].map((top) => join(root, top, folder));
    const filesOf = (path) =>
      existsSync(path) ? readdirSync(path, { recursive: true }).filter((name) => kind.test(name)) : [];
    const files = filesOf(from);
    for (const file of filesOf(to)) if (!files.includes(file)) rmSync(join(to, file));
    for (const file of files) cpSync(join(from, file), join(to, file));
  }
}

try {
  await run(kernels, '--declarations');
  const keepsKernels = process.argv.includes('--keep-kernels');
  await Promise.all([
    run(tsc, '-p', 'tsconfig.build.json'),
    keepsKernels ? undefined : run(kernels, join(root, 'dist/engine/wasm')),
  ]);
  copyForeignSources();
  await bundleBrowser(join(root, 'dist'));
  await bundleStart(join(root, 'dist'), join(root, 'src'));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
