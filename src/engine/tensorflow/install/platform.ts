import { readFileSync } from 'node:fs';
import { missing } from '../../../util/errors.js';
import type { TensorflowFlavour } from '../installation.js';

/** A machine as TensorFlow's wheels name it. */
export interface WheelPlatform {
  readonly arch: 'x86_64' | 'aarch64';
  /** The machine's glibc, e.g. 36 for 2.36: wheels made for a newer one do not load. */
  readonly glibcMinor: number;
}

/** What this machine is; injected by tests. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** `2.36`; undefined where the C library is another one. */
  readonly glibc: string | undefined;
}

const ELSEWHERE = '--engine wasm, which needs nothing installed';

/** This machine. */
export function thisMachine(): Machine {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}

/**
 * The wheel platform of a machine.
 * @throws InvolveError (exit code 3) where there are no such wheels
 */
export function wheelPlatform(flavour: TensorflowFlavour, { platform, arch, glibc }: Machine): WheelPlatform {
  const names: Readonly<Record<string, WheelPlatform['arch']>> = { x64: 'x86_64', arm64: 'aarch64' };
  const wheelArch = names[arch];
  if (platform !== 'linux' || wheelArch === undefined) {
    throw unsupported(`libtensorflow installs on Linux on x86-64 and arm64, this is ${platform} on ${arch}`);
  }
  const minor = Number(/^2\.(\d+)/.exec(glibc ?? '')?.[1]);
  if (!Number.isInteger(minor)) {
    throw unsupported('TensorFlow is built for glibc, the C library of this machine is another one');
  }
  if (flavour === 'cuda' && wheelArch === 'aarch64') {
    throw unsupported('TensorFlow has no CUDA wheel for arm64', 'involve engine install cpu');
  }
  return { arch: wheelArch, glibcMinor: minor };
}

/** The wheel that holds the library. On arm64 the wheel without a suffix is the CPU one. */
export function wheelName(
  flavour: TensorflowFlavour,
  { arch }: WheelPlatform,
): 'tensorflow' | 'tensorflow-cpu' {
  return flavour === 'cpu' && arch === 'x86_64' ? 'tensorflow-cpu' : 'tensorflow';
}

/** Every platform tag whose wheels run here, newest first (PEP 600; manylinux2014 is its older name for 2.17). */
export function platformTags({ arch, glibcMinor }: WheelPlatform): string[] {
  const tags = [];
  for (let minor = glibcMinor; minor >= 17; minor--) tags.push(`manylinux_2_${minor}_${arch}`);
  return glibcMinor >= 17 ? [...tags, `manylinux2014_${arch}`] : tags;
}

/** The command that puts pip on this machine. */
export function pipInstallCommand(osRelease = readOsRelease(), isRoot = process.getuid?.() === 0): string {
  const like = /^ID=.*|^ID_LIKE=.*/gm;
  const names = (osRelease.match(like) ?? []).join(' ');
  const sudo = isRoot ? '' : 'sudo ';
  if (/debian|ubuntu/.test(names)) return `${sudo}apt-get install -y python3-pip`;
  if (/fedora|rhel|centos/.test(names)) return `${sudo}dnf install -y python3-pip`;
  if (/suse/.test(names)) return `${sudo}zypper install -y python3-pip`;
  if (/arch/.test(names)) return `${sudo}pacman -S --noconfirm python-pip`;
  return 'python3 -m ensurepip --user';
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

function unsupported(what: string, instead = ELSEWHERE): Error {
  return missing('E_PLATFORM', { what, try: instead });
}
