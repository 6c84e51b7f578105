import { shellWord } from '../../util/shell-words.js';
import type { Command } from '../command.js';
import { takesRest } from '../operands.js';
import type { Completes } from '../completes.js';
import {
  commandWords,
  ENDINGS,
  flagWords,
  type CompletionSource,
  type FlagWords,
  type WordChoice,
} from './command-words.js';

/** A script for zsh that completes `involve`, with descriptions. */
export function zshScript(source: CompletionSource): string {
  return `#compdef involve
# zsh completion of involve. To use it, in ~/.zshrc, after compinit: source <(involve completion zsh)

_involve_runs() { # run folders, and folders on the way to them
  local folder
  local -a found inside
  for folder in \${~PREFIX}*(N-/); do
    inside=($folder/config.yaml(N) $folder/*/config.yaml(N) $folder/*/*/config.yaml(N) $folder/*/*/*/config.yaml(N))
    if (( $#inside )); then found+=($folder); fi
  done
  compadd -f -q -S / -- $found
}

_involve_offer() { # some words, then kinds of paths or the endings of files
  local kind
  if [[ -n $1 ]]; then compadd -- \${=1}; fi
  for kind in \${@[2,-1]}; do
    case $kind in
      run) _involve_runs ;;
      folder) _files -/ ;;
      file) _files ;;
      *) _files -g "*.($kind)(-.)" ;;
    esac
  done
}

${commandWords(source)
  .map((choice) => level(choice, source))
  .join('\n')}
compdef _involve involve
`;
}

// --- internal ---

/** The function that completes what follows `involve`, or `involve data`. */
function level({ after, words }: WordChoice, { commands, groups }: CompletionSource): string {
  const global = after === '' ? ['--version[print the version]'] : [];
  const cases = words.map(({ word }) => {
    const command = commands.find(({ name }) => name === `${after} ${word}`.trim());
    const call = command === undefined ? functionName(word) : argumentsCall(command);
    return `        ${word}) ${call} ;;`;
  });
  const described = words.map(({ word, description }) => shellWord(`${word}:${groups[word] ?? description}`));
  return `${functionName(after)}() {
  local line state
  local -A opt_args
  _arguments -C ${[...global, '--debug[show the stack of an error]', '--help[print help]'].map(shellWord).join(' ')} \\
    '1:command:->command' '*::argument:->argument' && return
  case $state in
    command)
      local -a commands=(${described.join(' ')})
      _describe command commands ;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
`;
}

function functionName(group: string): string {
  return group === '' ? '_involve' : `_involve_${group}`;
}

function argumentsCall(command: Command): string {
  const operands = Object.entries(command.operands).map(([key, operand], place) => {
    const { completes } = operand;
    const at = takesRest(operand) ? '*' : String(place + 1);
    return `${at}:${key}:${action(completes)}`;
  });
  return ['_arguments', ...[...flagWords(command).map(flagSpec), ...operands].map(shellWord)].join(' ');
}

function flagSpec({ name, description, takesValue, repeats, placeholder, completes }: FlagWords): string {
  const explanation = description.replace(/[[\]\\]/g, '\\$&');
  const many = repeats ? '*' : '';
  if (!takesValue) return `${many}${name}[${explanation}]`;
  return `${many}${name}=[${explanation}]:${placeholder}:${action(completes)}`;
}

/** The space keeps zsh from adding arguments of its own. */
function action({ words = [], paths = [] }: Completes): string {
  if (words.length === 0 && paths.length === 0) return '';
  const kinds = paths.map((kind) => ENDINGS[kind]?.join('|') ?? kind);
  return ` _involve_offer ${[words.join(' '), ...kinds].map((each) => `"${each}"`).join(' ')}`;
}
