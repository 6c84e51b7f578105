// Joins what an exported network brings along for browsers to one module a file: `model.js`, which computes, with all that
// it shares with the program, and `page.js`, which imports it. They stay readable: whoever gets the folder may build
// upon them.
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const FOLDER = 'exchange/tfjs/browser';

/** @param dist the folder that tsc wrote */
export async function bundleBrowser(dist) {
  for (const name of ['model.js', 'page.js']) {
    const file = join(dist, FOLDER, name);
    const bundle = await rolldown({ input: file, platform: 'browser', external: ['./model.js'] });
    await bundle.write({ file, format: 'esm' });
    await bundle.close();
  }
}
