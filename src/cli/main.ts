import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ExitCode } from '../util/errors.js';
import { packageFile } from '../util/package-file.js';
import { shellWord } from '../util/shell-words.js';
import type { CommandContext } from './command.js';
import { COMMANDS } from './commands.js';
import { renderError } from './errors.js';
import { buildProgram } from './program.js';
import { explainOption, UnknownOption } from './unknown-option.js';

/** Runs a command line in this process: prints, and sets `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  quietOnClosedPipe();
  process.exitCode = await runCommandLine(argv, {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    interactive: process.stderr.isTTY === true,
    cwd: process.cwd(),
  });
}

/**
 * Parses and runs a command line.
 *
 * @param argv what follows `involve`
 * @returns the exit code; never throws
 */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  try {
    const program = buildProgram(COMMANDS, version(), context, (code) => (exitCode = code));
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.ok; // help, version
    const again = ['involve', ...argv, '--debug'].map(shellWord).join(' ');
    const explained = error instanceof UnknownOption ? await explainOption(error, argv) : error;
    const rendered = renderError(explained, argv.includes('--debug'), again);
    for (const line of rendered.lines) context.note(line);
    return rendered.exitCode;
  }
}

// --- internal ---

function version(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}

/** `involve … | head -1` closes our stdout early; that is no error. A training run saves its state first. */
function quietOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit();
  });
  process.stderr.on('error', () => undefined);
}
