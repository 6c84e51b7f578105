// What opening an image folder of many files takes: seconds and peak memory, the first time and the second.
//
//   npm run build && node scripts/measure-many-files.mjs [--files 1200000] [--classes 1000] [--dir DIR] [--keep] [--program bin/involve.js]
//
// The files are hard links to a tiny PNG, a real one in each class (a file system allows some 65,000 links to one), so a
// million of them take little room. `train --dry-run` lists the folder; `data show` also draws a sample of it and decodes
// that. Each is run in a process of its own with an empty cache folder, then twice more with what is left there.
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1200000' },
    classes: { type: 'string', default: '1000' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    program: { type: 'string', default: resolve(import.meta.dirname, '../bin/involve.js') },
    wait: { type: 'string', default: '65' },
  },
});
const files = Number(values.files);
const classes = Number(values.classes);
const work = mkdtempSync(join(tmpdir(), 'involve-many-files-'));
const dir = resolve(values.dir ?? join(work, 'data'));

const isThere = existsSync(dir);
if (isThere) console.log(`taken as it is: ${dir}`);
else await makeFolder();

const config = join(work, 'config.yaml');
writeFileSync(
  config,
  `extends: ${JSON.stringify(resolve(import.meta.dirname, '../configs/quickstart.json'))}
name: many-files
data: { name: image-folder, dir: ${JSON.stringify(dir)} }
`,
);
const commands = {
  'train --dry-run': ['train', config, '--dry-run'],
  'data show': ['data', 'show', config, '--count', '4', '--out', join(work, 'picture.png')],
};
console.log('command          cache  seconds  peak MiB');
for (const [title, command] of Object.entries(commands)) {
  const cache = join(work, `cache-${title.replaceAll(' ', '-')}`);
  for (const state of ['empty', 'second', 'third']) {
    const { seconds, peak } = measure(command, cache);
    console.log(
      `${title.padEnd(16)} ${state.padEnd(6)} ${seconds.toFixed(1).padStart(7)} ${peak.toFixed(0).padStart(9)}`,
    );
  }
}
rmSync(work, { recursive: true, force: true });
if (values.keep && !values.dir)
  console.log('the folder was below the temporary one and is gone: --dir keeps it');

/** Nine tenths train, the rest test, in `classes` folders each. */
async function makeFolder() {
  const started = performance.now();
  const pixels = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#456' } })
    .png()
    .toBuffer();
  for (const [split, share] of [
    ['train', 0.96],
    ['test', 0.04],
  ]) {
    const each = Math.round((files * share) / classes);
    for (let c = 0; c < classes; c++) {
      const folder = join(dir, split, `n${String(c).padStart(8, '0')}`);
      mkdirSync(folder, { recursive: true });
      const first = join(folder, `n${String(c).padStart(8, '0')}_0.PNG`);
      writeFileSync(first, pixels);
      for (let i = 1; i < each; i++) linkSync(first, join(folder, `n${String(c).padStart(8, '0')}_${i}.PNG`));
    }
  }
  console.log(`made ${files} files in ${((performance.now() - started) / 1000).toFixed(0)} s: ${dir}`);
  // A folder that changed in the last minute is listed anew each time.
  console.log(`waiting ${values.wait} s, until the folders are settled`);
  await new Promise((done) => setTimeout(done, 1000 * Number(values.wait)));
}

/** Wall clock and the peak of the resident memory of one process of the program. */
function measure(command, cache) {
  const report = join(work, 'peak');
  const hook = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`;
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, values.program, ...command],
    { encoding: 'utf8', env: { ...process.env, INVOLVE_CACHE_DIR: cache } },
  );
  if (status !== 0) throw new Error(`${command.join(' ')}: exit ${status}\n${stderr}`);
  return { seconds: (performance.now() - started) / 1000, peak: Number(readFileSync(report, 'utf8')) / 1024 };
}
