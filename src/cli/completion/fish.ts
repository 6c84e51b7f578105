import { shellWord } from '../../util/shell-words.js';
import type { Command } from '../command.js';
import { takesRest } from '../operands.js';
import type { Completes } from '../completes.js';
import { commandWords, ENDINGS, flagWords, type CompletionSource } from './command-words.js';

/** A script for fish that completes `involve`, with descriptions. */
export function fishScript(source: CompletionSource): string {
  const { commands, groups } = source;
  const valued = commands.flatMap((command) =>
    flagWords(command)
      .filter(({ takesValue }) => takesValue)
      .map(({ name }) => fishWord(`${command.name} ${name}`)),
  );
  const choices = commandWords(source).flatMap(({ after, words }) =>
    words.map(
      ({ word, description }) =>
        `${offer(after, 0)} -a ${fishWord(word)} -d ${fishWord(groups[word] ?? description)}`,
    ),
  );
  return `# fish completion of involve. To use it: involve completion fish > ~/.config/fish/completions/involve.fish

function __involve_at # is the next word argument number $argv[2] of the command $argv[1]? Without a number: any
    set -l command
    set -l place 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case '-*'
                contains -- "$command $word" ${valued.join(' ')}
                and set skip 1
            case '*'
                if contains -- "$command" ${["''", ...Object.keys(groups)].join(' ')}
                    set command (string trim -- "$command $word")
                else
                    set place (math $place + 1)
                end
        end
    end
    test "$command" = $argv[1]; or return 1
    test (count $argv) = 1; or test $place = $argv[2]; or begin
        test $argv[2] = many; and test $place -ge $argv[3]
    end
end

function __involve_files # files whose names end so, and folders on the way
    for path in (__fish_complete_path (commandline -ct) | string replace -r '\\t.*' '')
        if string match -qr "(/|\\.($argv[1]))\\$" -- $path
            echo $path
        end
    end
end

function __involve_runs # run folders, and folders on the way to them
    for path in (__fish_complete_directories (commandline -ct) | string replace -r '\\t.*' '')
        set -l inside $path/config.yaml $path/*/config.yaml $path/*/*/config.yaml $path/*/*/*/config.yaml
        if test -e "$inside[1]"; or test (count $inside) -gt 1
            echo $path
        end
    end
end

complete -c involve -f
complete -c involve -l debug -d 'show the stack of an error'
complete -c involve -l help -s h -d 'print help'
complete -c involve -n '__involve_at ""' -l version -s v -d 'print the version'
${[...choices, ...commands.flatMap(commandLines)].join('\n')}
`;
}

// --- internal ---

function commandLines(command: Command): string[] {
  const flags = flagWords(command)
    .filter(({ key }) => key in command.flags)
    .map(({ name, description, takesValue, completes }) => {
      const value = takesValue ? ` -x${candidates(completes)}` : '';
      const start = `complete -c involve -n ${fishWord(`__involve_at ${fishWord(command.name)}`)}`;
      return `${start} -l ${name.slice(2)}${value} -d ${fishWord(description)}`;
    });
  const operands = Object.values(command.operands).flatMap((operand, place) => {
    const { completes } = operand;
    const given = candidates(completes);
    return given === ''
      ? []
      : [`${offer(command.name, takesRest(operand) ? `many ${place}` : place)}${given}`];
  });
  return [...flags, ...operands];
}

/** Up to what is offered where the next word is argument `place` of a command. */
function offer(command: string, place: number | string): string {
  return `complete -c involve -n ${fishWord(`__involve_at ${fishWord(command)} ${place}`)}`;
}

function candidates({ words = [], paths = [] }: Completes): string {
  const calls = paths.map((kind) => {
    if (kind === 'run') return '(__involve_runs)';
    if (kind === 'folder') return '(__fish_complete_directories (commandline -ct))';
    return `(__involve_files "${ENDINGS[kind]?.join('|') ?? '.*'}")`;
  });
  const all = [...words, ...calls].join(' ');
  return all === '' ? '' : ` -a ${fishWord(all)}`;
}

/** Like a POSIX shell's, but for the quote within quotes. */
function fishWord(word: string): string {
  return shellWord(word).includes("'") ? `'${word.replace(/[\\']/g, '\\$&')}'` : word;
}
