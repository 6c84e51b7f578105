import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ExitCode, type Problem } from '../util/errors.js';
import { endAtUserSignal } from '../util/interruption.js';
import { packageFile } from '../util/package-file.js';
import { shellWord } from '../util/shell-words.js';
import type { CommandContext } from './command.js';
import { COMMANDS } from './commands.js';
import { problemLines, renderError } from './errors.js';
import { isInteractive, lineWriter, watchedOutput } from './output.js';
import { buildProgram } from './program.js';
import { explainOption, UnknownOption } from './unknown-option.js';

/** Runs a command line in this process: prints, and sets `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  endAtUserSignal();
  const note = lineWriter(process.stderr);
  // What nobody waits for, such as the error of a stream: words too, and never a bare stack.
  process.on('uncaughtException', (error) => {
    const { lines, exitCode } = renderError(error, argv.includes('--debug'), again(argv));
    for (const line of lines) note(line);
    process.exit(exitCode);
  });
  process.stderr.on('error', () => undefined);
  const output = watchedOutput(process.stdout, (problem) => {
    if (problem !== undefined) say(problem, note);
    process.exit(problem === undefined ? ExitCode.ok : ExitCode.failed);
  });
  process.exitCode = await runCommandLine(argv, {
    print: (line) => output.print(line),
    note,
    interactive: isInteractive(process.stderr, process.env),
    cwd: process.cwd(),
  });
  if (output.problem === undefined) return;
  say(output.problem, note);
  process.exitCode = ExitCode.failed;
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
    const explained = error instanceof UnknownOption ? await explainOption(error, argv) : error;
    const rendered = renderError(explained, argv.includes('--debug'), again(argv));
    for (const line of rendered.lines) context.note(line);
    return rendered.exitCode;
  }
}

// --- internal ---

function version(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}

/** The command line that shows the stack. */
function again(argv: readonly string[]): string {
  return ['involve', ...argv, '--debug'].map(shellWord).join(' ');
}

function say(problem: Problem, note: (line: string) => void): void {
  for (const line of problemLines(problem)) note(line);
}
