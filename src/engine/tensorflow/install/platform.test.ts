import { describe, expect, it } from 'vitest';
import { describePlatform, pipInstallCommand, platformTags, wheelName, wheelPlatform } from './platform.js';

describe('platformTags', () => {
  it('takes every wheel that runs on this glibc, the newest first, and none that does not', () => {
    const tags = platformTags({ system: 'linux', arch: 'x86_64', glibcMinor: 19 });
    expect(tags).toEqual([
      'manylinux_2_19_x86_64',
      'manylinux_2_18_x86_64',
      'manylinux_2_17_x86_64',
      'manylinux2014_x86_64',
    ]);
    expect(platformTags({ system: 'linux', arch: 'aarch64', glibcMinor: 12 })).toEqual([]);
  });

  it.each([
    ['20.6.0', ['macosx_11_0_arm64']],
    ['23.4.0', ['macosx_14_0_arm64', 'macosx_13_0_arm64', 'macosx_12_0_arm64', 'macosx_11_0_arm64']],
  ])('of Darwin %s are those of its macOS and before', (release, tags) => {
    const machine = { platform: 'darwin', arch: 'arm64', glibc: undefined, release } as const;
    expect(platformTags(wheelPlatform('cpu', machine))).toEqual(tags);
  });

  it('knows that macOS counts by years since Darwin 25', () => {
    const machine = { platform: 'darwin', arch: 'arm64', glibc: undefined, release: '25.0.0' } as const;
    expect(describePlatform(wheelPlatform('cpu', machine))).toBe('macOS 26 on arm64');
  });
});

describe('wheelName', () => {
  it('is that of the smallest wheel with what is asked for', () => {
    const machine = { platform: 'linux', glibc: '2.36' } as const;
    const nameOn = (arch: string, flavour: 'cpu' | 'cuda'): string =>
      wheelName(flavour, wheelPlatform(flavour, { ...machine, arch }));
    expect([nameOn('x64', 'cpu'), nameOn('x64', 'cuda'), nameOn('arm64', 'cpu')]).toEqual([
      'tensorflow-cpu',
      'tensorflow',
      'tensorflow',
    ]);
  });
});

describe('pipInstallCommand', () => {
  it.each([
    ['ID=debian', 'apt-get install -y python3-pip'],
    ['ID=pop\nID_LIKE="ubuntu debian"', 'apt-get install -y python3-pip'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf install -y python3-pip'],
    ['ID=opensuse-leap\nID_LIKE="suse opensuse"', 'zypper install -y python3-pip'],
    ['ID=arch', 'pacman -S --noconfirm python-pip'],
  ])('is the one of the distribution: %s', (osRelease, command) => {
    expect(pipInstallCommand(osRelease, true, 'linux')).toBe(command);
    expect(pipInstallCommand(osRelease, false, 'linux')).toBe(`sudo ${command}`);
  });

  it("is Python's own where the distribution is another one", () => {
    expect(pipInstallCommand('ID=nixos\nHOME_URL="https://archive.example"', false, 'linux')).toBe(
      'python3 -m ensurepip --user',
    );
  });

  it("is Apple's on macOS", () => {
    expect(pipInstallCommand('', false, 'darwin')).toBe('xcode-select --install');
  });
});
