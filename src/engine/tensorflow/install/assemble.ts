import { basename, join } from 'node:path';
import { writeFileAtomic } from '../../../util/writing/atomic-write.js';
import { MANIFEST, type InstallationManifest } from '../installation.js';
import { withWheel, type FetchOptions, type Files } from './fetch-files.js';
import { unpackNodeKernels } from './node-kernels-package.js';
import { nvidiaFiles, tensorflowFiles } from './selection.js';

/**
 * Unpacks what is needed into an empty folder, TensorFlow and NVIDIA's libraries side by side as they would lie in
 * Python's site-packages: there the RUNPATH of TensorFlow's libraries looks for the others.
 *
 * @param onUnpack bytes written so far, and of all
 * @returns bytes on disk
 */
export async function assemble(
  files: Files,
  version: string,
  dir: string,
  options: Pick<FetchOptions, 'requirement' | 'nodeKernels' | 'flavour' | 'platform' | 'signal'>,
  onUnpack?: (done: number, total: number) => void,
): Promise<number> {
  const { flavour, requirement, nodeKernels, platform, signal } = options;
  const wheels = [files.tensorflow, ...files.nvidia];
  const chosen = [];
  let total = 0;
  for (const path of wheels) {
    const selection = await withWheel(path, async (wheel) => {
      const isTensorflow = path === files.tensorflow;
      const names = isTensorflow
        ? await tensorflowFiles(wheel, requirement, platform.system)
        : nvidiaFiles(wheel);
      return { path, names, bytes: wheel.bytesOf(names) };
    });
    total += selection.bytes;
    chosen.push(selection);
  }
  let done = 0;
  for (const { path, names } of chosen) {
    await withWheel(path, (wheel) =>
      wheel.unpack(names, dir, (count) => {
        signal?.throwIfAborted();
        onUnpack?.((done += count), total);
      }),
    );
  }
  await unpackNodeKernels(files.nodeKernels, join(dir, 'tfjs-node'));
  const manifest: InstallationManifest = {
    format: 1,
    flavour,
    version,
    nodeKernels: nodeKernels.version,
    wheels: wheels.map((path) => basename(path)),
    installed: new Date().toISOString(),
  };
  await writeFileAtomic(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return total;
}
