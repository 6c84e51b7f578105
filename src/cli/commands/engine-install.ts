import { resolve } from 'node:path';
import type { InstallRequest, Installed } from '../../engine/tensorflow/install/install.js';
import type { TensorflowFlavour } from '../../engine/tensorflow/installation.js';
import { closestString } from '../../util/closest-string.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { gigabytes } from '../../util/gigabytes.js';
import { interruptible } from '../../util/interruption.js';
import { megabytes } from '../../util/number-text.js';
import { shownPath } from '../../util/shown-path.js';
import { command, type CommandContext } from '../command.js';
import { anyFolder } from '../completes.js';
import { json } from '../config-flags.js';
import { flag, text } from '../flags.js';
import { one } from '../operands.js';
import { showProgress, type Progress } from '../render/data-progress.js';

export const FLAVOURS = ['cpu', 'cuda'] as const;

/** `involve engine install cpu|cuda [--version V] [--dir D]`: puts a libtensorflow on this machine. */
export const engineInstallBy = (install: (request: InstallRequest) => Promise<Installed>) =>
  command({
    name: 'engine install',
    description: 'put TensorFlow on this machine: by your own pip, no compiler needed',
    operands: { flavour: one('cpu, or cuda for NVIDIA GPUs', { words: FLAVOURS }) },
    flags: {
      version: text('version', 'of TensorFlow (default: 2.21.0)'),
      dir: text('dir', 'folder to put it in (default: in the cache); remembered', anyFolder),
      json,
      quiet: flag('no progress'),
    },
    example: 'involve engine install cpu',
    async run({ flavour: name }, { version, dir, json, quiet }, context) {
      const flavour = flavourOf(name, 'involve engine install cpu');
      const { cwd, print, note } = context;
      const started = performance.now();
      const interruption = interruptible();
      const progress = json || quiet ? undefined : new InstallProgress(context);
      try {
        const installed = await install({
          flavour,
          version,
          dir: dir === undefined ? undefined : resolve(cwd, dir),
          signal: interruption.signal,
          events: progress,
        });
        await progress?.end();
        const seconds = (performance.now() - started) / 1000;
        if (json) print(JSON.stringify(record(installed, seconds), null, 2));
        else for (const line of describe(installed, seconds, cwd)) print(line);
        return ExitCode.ok;
      } catch (error) {
        await progress?.end();
        if (interruption.exitCode === undefined) throw error;
        note('interrupted: nothing is installed; what was fetched whole is kept, the same command goes on');
        return interruption.exitCode;
      } finally {
        interruption.end();
      }
    },
  });

export const engineInstall = engineInstallBy(async (request) => {
  const { installTensorflow } = await import('../../engine/tensorflow/install/install.js');
  return installTensorflow(request);
});

/**
 * The flavour that an operand names.
 * @param otherwise what to do where no flavour was meant: what is advised is done, so it is of the command that was typed
 * @throws InvolveError (exit code 2) for anything else
 */
export function flavourOf(name: string | undefined, otherwise: string): TensorflowFlavour {
  const found = FLAVOURS.find((each) => each === name);
  if (found !== undefined) return found;
  const meant = closestString(name ?? '', FLAVOURS);
  throw badInput('E_ARGUMENT', {
    what: `expected cpu or cuda, received ${JSON.stringify(name ?? '')}`,
    try: meant === undefined ? otherwise : `did you mean "${meant}"?`,
  });
}

// --- internal ---

/** A bar for each file that comes, and one for unpacking. */
class InstallProgress {
  #shown = '';
  #bar: Promise<Progress> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly context: CommandContext) {}

  readonly onDownload = (file: string, done: number, total: number | null): void =>
    this.#show(`downloading ${file}`, done, total);

  readonly onUnpack = (done: number, total: number): void => this.#show('unpacking', done, total);

  readonly onVerify = (): void => this.#say('running an operation');

  readonly onBuild = (): void => this.#say('compiling custom operations, where there is a C++ compiler');

  /** Takes the bar away, when its last step is drawn. */
  async end(): Promise<void> {
    const bar = this.#bar;
    this.#bar = undefined;
    this.#shown = '';
    await (this.#last = this.#last.then(async () => (await bar)?.stop()));
  }

  #say(line: string): void {
    void this.end();
    this.#then(() => this.context.note(line));
  }

  #show(label: string, done: number, total: number | null): void {
    if (label !== this.#shown) {
      void this.end();
      this.#shown = label;
      this.#bar = showProgress(label, this.context, megabytes);
    }
    const bar = this.#bar!;
    this.#then(async () => (await bar).update(done, total));
  }

  /** The library of bars is loaded when the first is drawn: everything waits its turn. */
  #then(step: () => void | Promise<void>): void {
    this.#last = this.#last.then(step);
  }
}

function describe(installed: Installed, seconds: number, cwd: string): string[] {
  const { installation, present, verified, customOps, downloadedBytes, bytes } = installed;
  const { flavour, version, dir } = installation;
  const { gpuMemoryBytes, noGpu } = verified;
  const device = gpuMemoryBytes === null ? 'CPU' : `GPU (${gigabytes(gpuMemoryBytes)} of memory for it)`;
  return [
    `TensorFlow ${version} (${flavour}) ${present ? 'was installed already' : 'is installed'}: ${shownPath(cwd, dir)}`,
    `an operation ran on ${device}`,
    ...(noGpu === null ? [] : [`no GPU here: ${noGpu}`]),
    customOps,
    `${seconds.toFixed(0)} s, ${megabytes(downloadedBytes)} downloaded, ${megabytes(bytes)} on disk`,
    'next: involve train configs/exp3.json --engine tensorflow',
  ];
}

function record(
  { installation, present, verified, customOps, downloadedBytes, bytes }: Installed,
  seconds: number,
): object {
  const { flavour, version, dir } = installation;
  return { flavour, dir, present, ...verified, version, customOps, downloadedBytes, bytes, seconds };
}
