import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { makeTrainedRun } from '../../session/trained-run.testing.js';
import { runCommandLine } from '../main.js';

let folder: ConfigFolder;
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  folder = await makeTrainedRun();
  const image = sharp({ create: { width: 16, height: 16, channels: 3, background: '#00f' } });
  await image.png().toFile(join(folder.path, 'blue.png'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

async function type(...args: string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const code = await runCommandLine(args, {
    print: (line: string) => void printed.push(line),
    note: (line: string) => void noted.push(line),
    interactive: false,
    cwd: folder.path,
  });
  return { code, printed, noted };
}

it('prints the files and, last, the page', async () => {
  const { code, printed, noted } = await type('explain', 'run', 'blue.png', '--at', '3,4', '--at', '5,6');
  expect(code).toBe(0);
  expect(printed).toEqual(
    ['1-blue.png', '1-blue-grad-cam.png', 'layers.csv', 'index.html'].map((name) =>
      join('run', 'explain', name),
    ),
  );
  expect(noted.join()).toContain('so there is Grad-CAM alone');
});

it('refuses a place that is none, and takes no image as a request for some of the test images', async () => {
  const { code, noted } = await type('explain', 'run', 'blue.png', '--at', '3;4');
  expect(code).toBe(2);
  expect(noted.join('\n')).toContain(
    '--at expects x,y in whole pixels from the upper left corner, received "3;4"',
  );
  const help = await type('explain', '--help');
  expect(help.printed.join('\n')).toContain('<run> [image...]');
});
