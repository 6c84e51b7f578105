import { InvolveError, ExitCode } from '../util/errors.js';
import { shellWord } from '../util/shell-words.js';

/** A flag that a command does not have. */
export class UnknownOption extends InvolveError {
  /**
   * @param option as it was typed, without a value: `--epochs`
   * @param where the command
   * @param takesSet whether that command takes --set
   */
  constructor(
    readonly option: string,
    where: string,
    hint: string,
    readonly takesSet: boolean,
  ) {
    super('E_UNKNOWN_OPTION', ExitCode.badInput, { what: `unknown option "${option}"`, where, try: hint });
  }
}

/**
 * The same error, saying which key of a config is meant by the flag, where there is one: `--epochs 3` is
 * `--set train.epochs=3` here. The schema is loaded only now.
 *
 * @param argv the command line, which has the value
 */
export async function explainOption(error: UnknownOption, argv: readonly string[]): Promise<InvolveError> {
  if (!error.takesSet) return error;
  const [{ meaningOf }, { allPaths }, { experimentSchema }] = await Promise.all([
    import('../config/meanings.js'),
    import('../config/schema-walk.js'),
    import('../config/schema.js'),
  ]);
  const meaning = meaningOf(allPaths(experimentSchema), error.option);
  if (meaning === undefined) return error;
  const [problem] = error.problems;
  const value = shellWord(valueOf(error.option, argv) ?? 'VALUE');
  const hint =
    'instead' in meaning
      ? meaning.instead
      : meaning.paths.map((path) => `--set ${path}=${value}`).join(' or ');
  return new InvolveError(error.code, error.exitCode, { ...problem, try: hint });
}

// --- internal ---

/** What follows the flag on the command line: after a `=`, or as the next word. */
function valueOf(option: string, argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at === -1) return undefined;
  if (argv[at].length > option.length) return argv[at].slice(option.length + 1);
  const next = argv[at + 1];
  return next === undefined || next.startsWith('--') ? undefined : next;
}
