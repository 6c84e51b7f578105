import type { CommanderError } from 'commander';
import { Command as Parser, Option } from 'commander';
import { closestString } from '../util/closest-string.js';
import type { ExitCode } from '../util/errors.js';
import { badInput, type InvolveError } from '../util/errors.js';
import { withHome } from '../util/home-path.js';
import type { Command, CommandContext } from './command.js';
import { COMMAND_GROUPS } from './commands.js';
import type { Flag } from './flags.js';
import { flagTerm, operandTerm } from './terms.js';
import { UnknownOption } from './unknown-option.js';

/** Called with the exit code of the body that ran. */
export type Report = (exitCode: ExitCode) => void;

/**
 * The command line as commander knows it. Everything commander would print as an error is thrown as an
 * `InvolveError` instead; help and version go to `context.print`.
 */
export function buildProgram(
  commands: readonly Command[],
  version: string,
  context: CommandContext,
  report: Report,
): Parser {
  const program = prepare(new Parser('involve'), context)
    .description('Trains image classifiers to find out which operator works.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--debug', 'show the stack of an error')
    // A command may have a --version of its own.
    .enablePositionalOptions()
    .addHelpText('after', '\nExample:\n  involve train configs/quickstart.json');
  const groups = new Map<string, Parser>();
  for (const each of commands) {
    const words = each.name.split(' ');
    let parent = program;
    if (words.length === 2) {
      parent = groups.get(words[0]) ?? prepare(program.command(words[0]), context);
      if (!groups.has(words[0])) parent.description(COMMAND_GROUPS[words[0]]).addOption(hiddenDebug());
      groups.set(words[0], parent);
    }
    addCommand(parent, words.at(-1)!, each, context, report);
  }
  for (const group of [program, ...groups.values()]) requireCommand(group, context);
  return program;
}

// --- internal ---

function addCommand(
  parent: Parser,
  word: string,
  command: Command,
  context: CommandContext,
  report: Report,
): void {
  const parser = prepare(parent.command(word), context)
    .description(command.description)
    .addHelpText('after', `\nExample:\n  ${command.example}`);
  const operands = Object.entries(command.operands);
  for (const [key, operand] of operands) parser.argument(operandTerm(key, operand), operand.description);
  for (const [key, flag] of Object.entries(command.flags)) parser.addOption(buildOption(key, flag));
  parser.addOption(hiddenDebug());
  parser.action(async () => {
    const values = operands.map(([key, operand], i) => {
      const given = parser.processedArgs[i] as string | string[] | undefined;
      return [key, operand.completes.paths === undefined ? given : pathsOf(given)];
    });
    report(await command.run(Object.fromEntries(values), parser.opts(), context));
  });
}

/** Paths that are typed in quotes have their `~/` still. */
function pathsOf(given: string | string[] | undefined): string | string[] | undefined {
  if (given === undefined) return undefined;
  return Array.isArray(given) ? given.map((each) => withHome(each)) : withHome(given);
}

/** Listed among the global options, but it may stand after the command too. */
function hiddenDebug(): Option {
  return new Option('--debug').hideHelp();
}

class FlagOption extends Option {
  constructor(
    key: string,
    readonly flag: Flag,
  ) {
    super(flagTerm(key, flag), flag.description);
  }
}

function buildOption(key: string, flag: Flag): Option {
  const option = new FlagOption(key, flag);
  if (flag.default !== undefined) option.default(flag.default);
  if (flag.choices !== undefined) option.choices([...flag.choices]);
  if (flag.placeholder !== undefined) {
    option.argParser((text: string, before: unknown) => flag.parse(text, option.long!, before));
  }
  return option;
}

function prepare(command: Parser, context: CommandContext): Parser {
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
function requireCommand(group: Parser, context: CommandContext): void {
  group.usage('<command> [options]').argument('[command...]').allowUnknownOption();
  group.action(() => {
    const word = group.args.find((each) => !each.startsWith('-'));
    const isKnown = group.commands.some((command) => command.name() === word);
    if (word !== undefined && !isKnown) throw unknownCommand(word, group);
    if (group.args.length > 0) throw unknownOption(group.args[0], group);
    for (const line of group.helpInformation().trimEnd().split('\n')) context.note(line);
    throw badInput('E_NO_COMMAND', { what: `${commandPath(group)} needs a command` });
  });
}

function unknownCommand(word: string, group: Parser): InvolveError {
  const names = group.commands.map((command) => command.name());
  const meant = closestString(word, names);
  return badInput('E_UNKNOWN_COMMAND', {
    what: `unknown command "${word}"`,
    try: meant === undefined ? `${commandPath(group)} --help` : `did you mean "${meant}"?`,
  });
}

/**
 * A flag that the command does not have; or one that it has, with a value behind it that it does not take: the parser
 * says the same of both.
 */
function unknownOption(text: string, command: Parser): InvolveError {
  const [name] = text.split('=', 1);
  const where = commandPath(command);
  const known = longNames(command);
  if (text !== name && known.includes(name)) {
    const value = text.slice(name.length + 1);
    const what = `${name} takes no value, received "${value}"`;
    return badInput('E_ARGUMENT', { what, where, try: isNo(value) ? `leave ${name} out` : `${name}` });
  }
  const owner = ancestors(command).find((each) => longNames(each).includes(name));
  if (owner !== undefined) {
    const what = `unknown option "${name}"`;
    return badInput('E_UNKNOWN_OPTION', { what, where, try: `${commandPath(owner)} ${name}` });
  }
  const own = command.options.find((each) => isCalled(each, name.slice(2)))?.long;
  const meant = own ?? closestString(name, known);
  const hint = meant === undefined ? `${where} --help` : `did you mean "${meant}"?`;
  // What another tool's flag means to a config comes before what is spelled alike, but not before a flag of that meaning.
  return new UnknownOption(name, where, hint, own === undefined && known.includes('--set'));
}

function isCalled(option: Option, name: string): boolean {
  return option instanceof FlagOption && option.flag.alsoCalled?.includes(name) === true;
}

/** The flags that may stand behind a command: those of what it belongs to may not. */
function longNames({ options }: Parser): string[] {
  return [...options.flatMap(({ long }) => long ?? []), '--help'];
}

function isNo(value: string): boolean {
  return /^(false|no|off|0)$/i.test(value);
}

/** Commander's complaint in our format; help and version are no complaint and pass through. */
function translate(error: CommanderError, command: Parser): Error {
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

function ancestors(command: Parser): Parser[] {
  return command.parent === null ? [] : [command.parent, ...ancestors(command.parent)];
}

function commandPath(command: Parser): string {
  return [command, ...ancestors(command)]
    .map((each) => each.name())
    .reverse()
    .join(' ');
}
