import type { Command } from '../command.js';
import { takesRest } from '../operands.js';
import type { Completes } from '../completes.js';
import { commandWords, ENDINGS, flagWords, type CompletionSource } from './command-words.js';

/** A script for bash (3.2 and newer, without any library) that completes `involve`. */
export function bashScript(source: CompletionSource): string {
  const { commands, groups } = source;
  const valued = commands.flatMap((command) =>
    flagWords(command)
      .filter(({ takesValue }) => takesValue)
      .map(({ name }) => `'${command.name} ${name}'`),
  );
  const choices = commandWords(source).map(
    ({ after, words }) =>
      `      '${after} 0') _involve_words '${words.map(({ word }) => word).join(' ')}' ;;`,
  );
  return `# bash completion of involve. To use it, in ~/.bashrc: source <(involve completion bash)

_involve_words() { # the words that begin as what is typed
  local word
  for word in $1; do [[ $word == "$typed"* ]] && COMPREPLY+=("$word"); done
}

_involve_folders() {
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen -d -- "$typed")
}

_involve_files() { # files whose names end so, and folders on the way
  local path
  _involve_folders
  while IFS= read -r path; do
    if [[ ! -d $path && $path =~ \\.($1)$ ]]; then COMPREPLY+=("$path"); fi
  done < <(compgen -f -- "$typed")
}

_involve_runs() { # run folders, and folders on the way to them
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do
    if compgen -G "$path/config.yaml" || compgen -G "$path/*/config.yaml" ||
      compgen -G "$path/*/*/config.yaml" || compgen -G "$path/*/*/*/config.yaml"; then
      COMPREPLY+=("$path")
    fi >/dev/null
  done < <(compgen -d -- "$typed")
}

_involve() {
  local typed=\${COMP_WORDS[COMP_CWORD]} command= place=0 flag= word i
  COMPREPLY=()
  if [[ $typed == '=' ]]; then typed=; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then continue; fi
    if [[ -n $flag ]]; then
      flag=
      continue
    fi
    case $word in
      -*) case "$command $word" in
        ${valued.join(' | \\\n          ')}) flag=$word ;;
      esac ;;
      *) case $command in
        ${["''", ...Object.keys(groups).map((group) => `'${group}'`)].join(' | ')}) command="\${command:+$command }$word" ;;
        *) place=$((place + 1)) ;;
      esac ;;
    esac
  done
  if [[ -n $flag ]]; then
    case "$command $flag" in
${commands.flatMap(flagCases).join('\n')}
    esac
  elif [[ $typed == -* ]]; then
    case $command in
      '') _involve_words '--version --debug --help' ;;
${commands.map(flagNames).join('\n')}
    esac
  else
    case "$command $place" in
${[...choices, ...commands.flatMap(operandCases)].join('\n')}
    esac
  fi
}

complete -F _involve involve
`;
}

// --- internal ---

/** What stands after a flag. */
function flagCases(command: Command): string[] {
  return flagWords(command).flatMap(({ name, completes }) =>
    action(completes).map((call) => `      '${command.name} ${name}') ${call} ;;`),
  );
}

function flagNames(command: Command): string {
  const names = flagWords(command).map(({ name }) => name);
  return `      '${command.name}') _involve_words '${names.join(' ')}' ;;`;
}

function operandCases({ name, operands }: Command): string[] {
  return Object.values(operands).flatMap((operand, place) =>
    action(operand.completes).map((call) => {
      // The last of a list goes on to the end of the line; fewer than ten words may precede it.
      const at = takesRest(operand) ? `'${name} '*` : `'${name} ${place}'`;
      return `      ${at}) ${call} ;;`;
    }),
  );
}

/** The calls that offer what fits, as one line; none where nothing can be offered. */
function action({ words = [], paths = [] }: Completes): string[] {
  const calls = paths.map((kind) => {
    if (kind === 'run') return '_involve_runs';
    if (kind === 'folder') return '_involve_folders';
    return `_involve_files '${ENDINGS[kind]?.join('|') ?? '.*'}'`;
  });
  if (words.length > 0) calls.unshift(`_involve_words '${words.join(' ')}'`);
  return calls.length === 0 ? [] : [calls.join('; ')];
}
