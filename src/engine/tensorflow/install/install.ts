import { rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../../util/writing/atomic-write.js';
import {
  installationName,
  listInstallations,
  readInstallation,
  type TensorflowFlavour,
  type TensorflowInstallation,
} from '../installation.js';
import { loadKoffi } from '../../../util/koffi.js';
import { buildCustomOps, type CustomOpsBuild } from '../native/build.js';
import { assemble } from './assemble.js';
import { fetchFiles, type FetchOptions } from './fetch-files.js';
import { NODE_KERNELS, type NodeKernelsPackage } from './node-kernels-package.js';
import { pipVersion } from './pip.js';
import { checkSpace, lockEngines, openDownloads, parentFolder, remember } from './places.js';
import { thisMachine, wheelName, wheelPlatform, type Machine } from './platform.js';
import { bytesBelow } from './remove.js';
import { verifyInstallation, type Verified } from './verify.js';
import { checkVersion, TENSORFLOW_VERSION } from './version.js';

export interface InstallRequest {
  readonly flavour: TensorflowFlavour;
  /** Of TensorFlow (default: the one this program is measured on). */
  readonly version?: string;
  /** Parent folder, in the place of the one in the cache; remembered. */
  readonly dir?: string;
  readonly events?: InstallEvents;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** What tests put in the place of the real thing. */
  readonly instead?: Partial<Surroundings>;
}

export interface InstallEvents {
  /** Bytes of one file; `total` is null where it is not known yet. */
  readonly onDownload?: (file: string, done: number, total: number | null) => void;
  readonly onUnpack?: (done: number, total: number) => void;
  /** An operation is being run: a few seconds. */
  readonly onVerify?: () => void;
  /** The custom operations are being compiled: a few seconds more. */
  readonly onBuild?: () => void;
}

/** The world around an installation. */
export interface Surroundings {
  readonly machine: Machine;
  readonly nodeKernels: NodeKernelsPackage;
  readonly freeBytes: (folder: string) => number;
  /** Loads what calls the library. */
  readonly caller: () => Promise<unknown>;
  readonly verify: (installation: TensorflowInstallation, signal?: AbortSignal) => Promise<Verified>;
  readonly build: (installation: TensorflowInstallation) => Promise<CustomOpsBuild>;
}

export interface Installed {
  readonly installation: TensorflowInstallation;
  /** It was there already. */
  readonly present: boolean;
  readonly verified: Verified;
  /** One line: which custom operations were built or found, or why there are none. */
  readonly customOps: string;
  /** Fetched by this call; what an earlier one had fetched is not counted. */
  readonly downloadedBytes: number;
  /** On disk. */
  readonly bytes: number;
}

/**
 * Puts a libtensorflow and tfjs-node's JavaScript on this machine: fetches wheels by the user's pip and the package
 * by their npm (what an earlier call completed is not fetched again), unpacks the few files that are needed beside
 * the place, checks every one, runs an operation, and only then gives the folder its name.
 *
 * @throws InvolveError exit code 1 (download, disk, damaged file), 2 (no such version, folder in use) or 3 (no koffi,
 * no pip, no npm, a platform without TensorFlow, a library that does not load)
 */
export async function installTensorflow(request: InstallRequest): Promise<Installed> {
  const { flavour, env = process.env, instead = {} } = request;
  const platform = wheelPlatform(flavour, instead.machine ?? thisMachine());
  const version = checkVersion(request.version ?? TENSORFLOW_VERSION);
  const parent = parentFolder(request.dir, env);
  const lock = await lockEngines(parent);
  try {
    const present = listInstallations(parent).find(
      (each) => each.flavour === flavour && each.version === version,
    );
    const unfinished: Unfinished =
      present === undefined
        ? await make(
            parent,
            { ...request, version },
            {
              flavour,
              requirement: `${wheelName(flavour, platform)}==${version}`,
              nodeKernels: instead.nodeKernels ?? NODE_KERNELS,
              platform,
              env,
              signal: request.signal,
              onDownload: request.events?.onDownload,
            },
          )
        : {
            installation: present,
            present: true,
            downloadedBytes: 0,
            verified: await verify(present, request),
          };
    await remember(parent, env);
    return await finish(unfinished, request);
  } finally {
    await lock.release();
  }
}

// --- internal ---

type Unfinished = Omit<Installed, 'customOps' | 'bytes'>;

/** What only makes it faster, and so comes when it works: compiles the custom operations where that is possible. */
async function finish(unfinished: Unfinished, { events, instead }: InstallRequest): Promise<Installed> {
  events?.onBuild?.();
  const { dir } = unfinished.installation;
  const { note } = await (instead?.build ?? buildCustomOps)(unfinished.installation);
  const { installation } = readInstallation(dir)!;
  return { ...unfinished, installation, customOps: note, bytes: bytesBelow(dir) };
}

async function make(
  parent: string,
  request: InstallRequest & { readonly version: string },
  what: FetchOptions,
): Promise<Unfinished> {
  const { flavour, version, events, instead } = request;
  // Whatever may be missing is said before hundreds of megabytes are fetched.
  await (instead?.caller ?? loadKoffi)();
  await pipVersion(what);
  const name = installationName(flavour, version);
  const dir = join(parent, name);
  const staging = join(parent, '.staging', name);
  const downloads = await openDownloads(parent, name);
  try {
    checkSpace(flavour, parent, downloads, instead?.freeBytes);
    const files = await fetchFiles(downloads, what);
    await rm(staging, { recursive: true, force: true });
    await assemble(files, version, staging, what, events?.onUnpack);
    const verified = await verify(readInstallation(staging)!.installation, request);
    // What stands at the place has no manifest, or half of its files: nothing that works.
    await rm(dir, { recursive: true, force: true });
    await rename(staging, dir);
    await syncFolder(parent);
    await rm(downloads, { recursive: true, force: true });
    return {
      installation: readInstallation(dir)!.installation,
      present: false,
      verified,
      downloadedBytes: files.fetched,
    };
  } finally {
    await rm(staging, { recursive: true, force: true });
    for (const folder of [dirname(staging), downloads, dirname(downloads)]) {
      // Those that hold something stay.
      await rmdir(folder).catch(() => undefined);
    }
  }
}

function verify(installation: TensorflowInstallation, request: InstallRequest): Promise<Verified> {
  request.events?.onVerify?.();
  return (request.instead?.verify ?? verifyInstallation)(installation, request.signal);
}
