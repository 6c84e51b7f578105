import type { CommanderError } from 'commander';
import { Command, Option } from 'commander';
import { closestString } from '../util/closest-string.js';
import type { ExitCode } from '../util/errors.js';
import { badInput, type InvolveError } from '../util/errors.js';
import type { CommandContext } from './command.js';
import { COMMAND_GROUPS } from './commands.js';
import type { CommandRow, OptionRow } from './command-rows.js';

/** Called with the exit code of the body that ran. */
export type Report = (exitCode: ExitCode) => void;

/**
 * The command line as commander knows it. Everything commander would print as an error is thrown as an
 * `InvolveError` instead; help and version go to `context.print`.
 */
export function buildProgram(
  rows: readonly CommandRow[],
  version: string,
  context: CommandContext,
  report: Report,
): Command {
  const program = prepare(new Command('involve'), context)
    .description('Trains image classifiers to find out which operator works.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--debug', 'show the stack of an error')
    // A command may have a --version of its own.
    .enablePositionalOptions()
    .addHelpText('after', '\nExample:\n  involve train configs/quickstart.json');
  const groups = new Map<string, Command>();
  for (const row of rows) {
    const words = row.name.split(' ');
    let parent = program;
    if (words.length === 2) {
      parent = groups.get(words[0]) ?? prepare(program.command(words[0]), context);
      if (!groups.has(words[0])) parent.description(COMMAND_GROUPS[words[0]]).addOption(hiddenDebug());
      groups.set(words[0], parent);
    }
    addCommand(parent, words.at(-1)!, row, context, report);
  }
  for (const group of [program, ...groups.values()]) requireCommand(group, context);
  return program;
}

// --- internal ---

function addCommand(
  parent: Command,
  word: string,
  row: CommandRow,
  context: CommandContext,
  report: Report,
): void {
  const command = prepare(parent.command(word), context)
    .description(row.description)
    .addHelpText('after', `\nExample:\n  ${row.example}`);
  for (const operand of row.operands) command.argument(operand.name, operand.description);
  for (const option of row.options) command.addOption(buildOption(option));
  command.addOption(hiddenDebug());
  command.action(async () => {
    const run = await row.load();
    report(await run(command.args, command.opts(), context));
  });
}

/** Listed among the global options, but it may stand after the command too. */
function hiddenDebug(): Option {
  return new Option('--debug').hideHelp();
}

function buildOption(row: OptionRow): Option {
  const option = new Option(row.flags, row.description);
  if (row.default !== undefined) option.default(row.default);
  const { value } = row;
  const name = option.long!;
  if (value.kind === 'list') {
    option.argParser((item: string, before: string[] = []) => [...before, item]);
  } else if (value.kind === 'count') {
    option.argParser((item: string) => {
      const { from, to = Number.MAX_SAFE_INTEGER } = value;
      if (/^\d+$/.test(item) && Number(item) >= from && Number(item) <= to) return Number(item);
      const range = value.to === undefined ? `from ${from} up` : `from ${from} to ${to}`;
      throw badInput('E_ARGUMENT', { what: `${name} expects a whole number ${range}, received "${item}"` });
    });
  } else if (value.kind === 'positive') {
    option.argParser((item: string) => {
      if (item.trim() !== '' && Number(item) > 0 && Number.isFinite(Number(item))) return Number(item);
      throw badInput('E_ARGUMENT', { what: `${name} expects a number above 0, received "${item}"` });
    });
  } else if (value.kind === 'choice') {
    option.choices([...value.of]).argParser((item: string) => {
      if (value.of.includes(item)) return item;
      const meant = closestString(item, value.of);
      throw badInput('E_ARGUMENT', {
        what: `${name} expects one of ${value.of.join(', ')}, received "${item}"`,
        try: meant && `did you mean "${meant}"?`,
      });
    });
  }
  return option;
}

function prepare(command: Command, context: CommandContext): Command {
  return command
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.print(text.replace(/\n$/, '')),
      writeErr: () => undefined, // thrown by exitOverride and rendered by main
      getOutHelpWidth: () => 100,
    })
    .exitOverride((error) => {
      throw translate(error, command);
    });
}

/**
 * `involve` and `involve data` alone are incomplete: they show what could follow. What is unknown of
 * `involve trian --seed 3` is the command, whatever options it has.
 */
function requireCommand(group: Command, context: CommandContext): void {
  group.usage('<command> [options]').argument('[command...]').allowUnknownOption();
  group.action(() => {
    const word = group.args.find((each) => !each.startsWith('-'));
    const isKnown = group.commands.some((command) => command.name() === word);
    if (word !== undefined && !isKnown) throw unknownCommand(word, group);
    if (group.args.length > 0) throw unknownOption(group.args[0], group);
    context.note(group.helpInformation().replace(/\n$/, ''));
    throw badInput('E_NO_COMMAND', { what: `${commandPath(group)} needs a command` });
  });
}

function unknownCommand(word: string, group: Command): InvolveError {
  const names = group.commands.map((command) => command.name());
  const meant = closestString(word, names);
  return badInput('E_UNKNOWN_COMMAND', {
    what: `unknown command "${word}"`,
    try: meant === undefined ? `${commandPath(group)} --help` : `did you mean "${meant}"?`,
  });
}

function unknownOption(text: string, command: Command): InvolveError {
  const name = text.split('=')[0];
  const known = [command, ...ancestors(command)].flatMap(({ options }) => options.map((o) => o.long ?? ''));
  const meant = closestString(name, [...known, '--help'].filter(Boolean));
  return badInput('E_UNKNOWN_OPTION', {
    what: `unknown option "${name}"`,
    where: commandPath(command),
    try: meant === undefined ? `${commandPath(command)} --help` : `did you mean "${meant}"?`,
  });
}

/** Commander's complaint in our format; help and version are no complaint and pass through. */
function translate(error: CommanderError, command: Command): Error {
  if (error.exitCode === 0) return error;
  const what = error.message
    .replace(/^error: /, '')
    .split('\n')[0]
    .replaceAll("'", '"');
  const help = `${commandPath(command)} --help`;
  if (error.code === 'commander.unknownOption') {
    return unknownOption(/"(.*)"/.exec(what)?.[1] ?? '', command);
  }
  return badInput('E_ARGUMENT', { what, where: commandPath(command), try: help });
}

function ancestors(command: Command): Command[] {
  return command.parent === null ? [] : [command.parent, ...ancestors(command.parent)];
}

function commandPath(command: Command): string {
  return [command, ...ancestors(command)]
    .map((each) => each.name())
    .reverse()
    .join(' ');
}
