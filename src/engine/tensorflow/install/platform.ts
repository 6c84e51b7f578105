import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { missing } from '../../../util/errors.js';
import type { TensorflowFlavour } from '../installation.js';
import { isSystem } from '../systems.js';

/** A machine as TensorFlow's wheels name it. */
export type WheelPlatform =
  | {
      readonly system: 'linux';
      readonly arch: 'x86_64' | 'aarch64';
      /** The machine's glibc, e.g. 36 for 2.36: wheels made for a newer one do not load. */
      readonly glibcMinor: number;
    }
  | {
      readonly system: 'darwin';
      readonly arch: 'arm64';
      /** The machine's macOS, e.g. 14: wheels made for a newer one do not load. */
      readonly macosMajor: number;
    };

/** What this machine is; injected by tests. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** `2.36`; undefined where the C library is another one. */
  readonly glibc: string | undefined;
  /** Of the system's kernel, as `os.release()` has it. */
  readonly release?: string;
}

const ELSEWHERE = 'involve train CONFIG --engine wasm, which needs nothing installed';

/** The first macOS on Apple's own processors. */
const FIRST_MACOS = 11;

/** This machine. */
export function thisMachine(): Machine {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const { platform, arch } = process;
  return { platform, arch, glibc: header.glibcVersionRuntime, release: release() };
}

/**
 * The wheel platform of a machine.
 * @throws InvolveError (exit code 3) where there are no such wheels
 */
export function wheelPlatform(flavour: TensorflowFlavour, machine: Machine): WheelPlatform {
  const { platform, arch } = machine;
  if (flavour === 'cuda' && isSystem(platform) && !hasCuda(machine)) {
    throw unsupported(
      `TensorFlow has CUDA on Linux on x86-64 alone, this is ${platform} on ${arch}`,
      isSupported(machine) ? 'involve engine install cpu' : ELSEWHERE,
    );
  }
  if (platform === 'win32') {
    throw unsupported(
      "on Windows TensorFlow's C API is a part of its Python modules, and does not load without Python",
      `in WSL, which is Linux: involve engine install ${flavour}; or ${ELSEWHERE}`,
    );
  }
  if (!isSupported(machine)) {
    throw unsupported(
      `libtensorflow installs on Linux on x86-64 and arm64 and on macOS on arm64, this is ${platform} on ${arch}`,
    );
  }
  return platform === 'darwin' ? ofMac(machine) : ofLinux(machine);
}

/** Whether TensorFlow has a wheel with CUDA for a machine. */
export function hasCuda({ platform, arch }: Machine): boolean {
  return platform === 'linux' && arch === 'x64';
}

/** The wheel that holds the library. Where TensorFlow has no CUDA the wheel without a suffix is the CPU one. */
export function wheelName(
  flavour: TensorflowFlavour,
  { arch }: WheelPlatform,
): 'tensorflow' | 'tensorflow-cpu' {
  return flavour === 'cpu' && arch === 'x86_64' ? 'tensorflow-cpu' : 'tensorflow';
}

/**
 * Every platform tag whose wheels run here, newest first (PEP 600; manylinux2014 is its older name for 2.17).
 */
export function platformTags(platform: WheelPlatform): string[] {
  const { arch } = platform;
  if (platform.system === 'darwin')
    return countdown(platform.macosMajor, FIRST_MACOS).map((major) => `macosx_${major}_0_${arch}`);
  const tags = countdown(platform.glibcMinor, 17).map((minor) => `manylinux_2_${minor}_${arch}`);
  return tags.length > 0 ? [...tags, `manylinux2014_${arch}`] : tags;
}

/** `Linux on x86_64 with glibc 2.36`. */
export function describePlatform(platform: WheelPlatform): string {
  return platform.system === 'darwin'
    ? `macOS ${platform.macosMajor} on ${platform.arch}`
    : `Linux on ${platform.arch} with glibc 2.${platform.glibcMinor}`;
}

/** The command that puts pip on this machine. */
export function pipInstallCommand(
  osRelease = readOsRelease(),
  isRoot = process.getuid?.() === 0,
  platform = process.platform,
): string {
  // Apple's tools for the command line have a Python with pip.
  if (platform === 'darwin') return 'xcode-select --install';
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

const LINUX_ARCHS: Readonly<Record<string, 'x86_64' | 'aarch64'>> = { x64: 'x86_64', arm64: 'aarch64' };

function isSupported({ platform, arch }: Machine): boolean {
  return platform === 'linux' ? arch in LINUX_ARCHS : platform === 'darwin' && arch === 'arm64';
}

function ofLinux({ arch, glibc }: Machine): WheelPlatform {
  const minor = Number(/^2\.(\d+)/.exec(glibc ?? '')?.[1]);
  if (!Number.isInteger(minor))
    throw unsupported('TensorFlow is built for glibc, the C library of this machine is another one');
  return { system: 'linux', arch: LINUX_ARCHS[arch], glibcMinor: minor };
}

/** Darwin 20 is macOS 11, 24 is 15; since 25 macOS is counted by years, from 26 on. */
function ofMac({ release = '' }: Machine): WheelPlatform {
  const darwin = Number.parseInt(release, 10);
  const macosMajor = darwin >= 25 ? darwin + 1 : darwin - 9;
  return { system: 'darwin', arch: 'arm64', macosMajor };
}

function countdown(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, i) => from - i);
}

function unsupported(what: string, instead = ELSEWHERE): Error {
  return missing('E_PLATFORM', { what, try: instead });
}
