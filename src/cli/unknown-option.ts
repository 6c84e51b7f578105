import { InvolveError, ExitCode } from '../util/errors.js';

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
 * The same error, saying which key of a config is meant by the flag, where there is one, in a form that the schema takes:
 * `--epochs 3` is `--set train.epochs=3` here. The schema is loaded only now.
 *
 * @param argv the command line, which has the value
 */
export async function explainOption(error: UnknownOption, argv: readonly string[]): Promise<InvolveError> {
  if (!error.takesSet) return error;
  const [{ meaningOf }, { allPaths }, { experimentSchema }, { setForm }] = await Promise.all([
    import('../config/meanings.js'),
    import('../config/schema-walk.js'),
    import('../config/schema.js'),
    import('../config/meant/set-form.js'),
  ]);
  const meaning = meaningOf(allPaths(experimentSchema), error.option);
  if (meaning === undefined) return error;
  const [problem] = error.problems;
  const hint =
    'instead' in meaning ? meaning.instead : setForm(experimentSchema, meaning, valueOf(error.option, argv));
  if (hint === undefined) return error;
  return new InvolveError(error.code, error.exitCode, { ...problem, try: hint });
}

// --- internal ---

/**
 * What follows the flag on the command line: after a `=`, or as the next word, unless that is another flag, or the only
 * config.
 */
function valueOf(option: string, argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === option || word.startsWith(`${option}=`));
  if (at === -1) return undefined;
  if (argv[at].length > option.length) return argv[at].slice(option.length + 1);
  const next = argv[at + 1];
  if (next === undefined || next.startsWith('--')) return undefined;
  return isConfig(next) && argv.filter(isConfig).length === 1 ? undefined : next;
}

function isConfig(word: string): boolean {
  return /\.(ya?ml|json)$/i.test(word);
}
