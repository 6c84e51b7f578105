import { resolve } from 'node:path';
import type { InstallRequest, Installed } from '../engine/tensorflow/install/install.js';
import type { TensorflowFlavour } from '../engine/tensorflow/installation.js';
import { closestString } from '../util/closest-string.js';
import { badInput, ExitCode } from '../util/errors.js';
import { shownPath } from '../util/shown-path.js';
import type { CommandContext, CommandRun } from './command.js';
import { showProgress, type Progress } from './data-progress.js';
import { interruptible } from './interruption.js';

const NAMES = ['cpu', 'cuda'] as const;

/** `involve engine install cpu|cuda [--version V] [--dir D]`: puts a libtensorflow on this machine. */
export const engineInstall =
  (install: (request: InstallRequest) => Promise<Installed>): CommandRun =>
  async ([name], options, context) => {
    const flavour = flavourOf(name);
    const { cwd, print, note } = context;
    const isQuiet = options.json === true || options.quiet === true;
    const started = performance.now();
    const interruption = interruptible();
    const progress = isQuiet ? undefined : new InstallProgress(context);
    try {
      const installed = await install({
        flavour,
        version: options.version as string | undefined,
        dir: options.dir === undefined ? undefined : resolve(cwd, options.dir as string),
        signal: interruption.signal,
        events: progress,
      });
      progress?.end();
      const seconds = (performance.now() - started) / 1000;
      if (options.json === true) print(JSON.stringify(record(installed, seconds), null, 2));
      else for (const line of describe(installed, seconds, cwd)) print(line);
      return ExitCode.ok;
    } catch (error) {
      progress?.end();
      if (!interruption.signal.aborted) throw error;
      note('interrupted: nothing is installed; what was fetched whole is kept, the same command goes on');
      return interruption.name === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
    } finally {
      interruption.end();
    }
  };

/**
 * The flavour that an operand names.
 * @throws InvolveError (exit code 2) for anything else
 */
export function flavourOf(name: string | undefined): TensorflowFlavour {
  const found = NAMES.find((each) => each === name);
  if (found !== undefined) return found;
  const meant = closestString(name ?? '', NAMES);
  throw badInput('E_ARGUMENT', {
    what: `expected cpu or cuda, received ${JSON.stringify(name ?? '')}`,
    try: meant === undefined ? 'involve engine install cpu' : `did you mean "${meant}"?`,
  });
}

// --- internal ---

/** A bar for each file that comes, and one for unpacking. */
class InstallProgress {
  #shown = '';
  #bar: Promise<Progress> | undefined;

  constructor(private readonly context: CommandContext) {}

  readonly onDownload = (file: string, done: number, total: number | null): void =>
    this.#show(`downloading ${file}`, done, total);

  readonly onUnpack = (done: number, total: number): void => this.#show('unpacking', done, total);

  readonly onVerify = (): void => {
    this.end();
    this.context.note('running an operation …');
  };

  end(): void {
    void this.#bar?.then((bar) => bar.stop());
    this.#bar = undefined;
    this.#shown = '';
  }

  #show(label: string, done: number, total: number | null): void {
    if (label !== this.#shown) {
      this.end();
      this.#shown = label;
      this.#bar = showProgress(label, this.context, megabytes);
    }
    void this.#bar!.then((bar) => bar.update(done, total));
  }
}

function describe(
  { installation, present, verified, downloadedBytes, bytes }: Installed,
  seconds: number,
  cwd: string,
): string[] {
  const { flavour, version, dir } = installation;
  const device =
    verified.gpuMemoryBytes === null ? 'CPU' : `GPU (${(verified.gpuMemoryBytes / 1e9).toFixed(1)} GB)`;
  return [
    `TensorFlow ${version} (${flavour}) ${present ? 'was installed already' : 'is installed'}: ${shownPath(cwd, dir)}`,
    `an operation ran on: ${device}`,
    ...(verified.noGpu === null ? [] : [`no GPU here: ${verified.noGpu}`]),
    `${seconds.toFixed(0)} s, ${megabytes(downloadedBytes)} downloaded, ${megabytes(bytes)} on disk`,
    'next: involve train configs/exp3.json --engine tensorflow',
  ];
}

function record(
  { installation, present, verified, downloadedBytes, bytes }: Installed,
  seconds: number,
): object {
  const { flavour, version, dir } = installation;
  return { flavour, dir, present, ...verified, version, downloadedBytes, bytes, seconds };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
