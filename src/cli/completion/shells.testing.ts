import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '../../util/shell-words.js';

export type Shell = 'bash' | 'zsh' | 'fish';

/** Why a shell cannot be asked here; false where it can. */
export function absent(shell: Shell): string | false {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0 ? false : `no ${shell} here`;
}

/** What a real shell offers for a line, as words, after it has read the script; the cursor stands at its end. */
export function offered(shell: Shell, script: string, line: string, cwd: string): string[] {
  const file = join(cwd, `.completion.${shell}`);
  writeFileSync(file, script);
  const asked = { bash: askBash, zsh: askZsh, fish: askFish }[shell](file, line);
  const { status, stdout, stderr } = spawnSync(shell, asked, { cwd, encoding: 'utf8', timeout: 600_000 });
  if (status !== 0 || stderr !== '') throw new Error(`${shell} (${status}): ${stderr}`);
  const words = stdout.split('\n').map((text) => text.replace(/\t.*|\r$/, ''));
  return words.filter((word) => word !== '').sort();
}

// --- internal ---

function askBash(file: string, line: string): string[] {
  // As readline splits them: `=` is a word of its own.
  const words = line.split(/ +|(=)/).filter((word) => word !== undefined);
  const ask = `source ${file}; COMP_WORDS=(${words.map(shellWord).join(' ')}); COMP_CWORD=${words.length - 1}; _involve`;
  return ['--norc', '-c', `${ask}; printf '%s\\n' "\${COMPREPLY[@]}"`];
}

function askFish(file: string, line: string): string[] {
  return ['-N', '-c', `source ${file}; complete -C ${shellWord(line)}`];
}

/** An interactive zsh in a terminal of its own prints what it would offer, between two lines with a null byte. */
function askZsh(file: string, line: string): string[] {
  const setUp = `${file}.setup`;
  writeFileSync(setUp, ZSH_SET_UP.replace('SCRIPT', file));
  return ['-f', '-c', ZSH_CAPTURE, 'zsh', setUp, line];
}

const ZSH_SET_UP = `
PROMPT=
autoload -Uz compinit && compinit -u -D
bindkey '^I' complete-word
source SCRIPT
null-line() { print -rn - $'\\0\\n' }
compprefuncs=(null-line)
comppostfuncs=(null-line exit)
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  local hit
  for hit in $hits; do print -r - $IPREFIX$hit; done
  builtin compadd "$@"
}
print ok
`;

const ZSH_CAPTURE = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "source $1"
repeat 8; do zpty -r z line; [[ $line == ok* ]] && break; done
zpty -w z "$2"$'\\t'
integer shown=0
while zpty -r z; do :; done | while IFS= read -r line; do
  if [[ $line == *$'\\0'* ]]; then
    (( shown++ )) && exit 0
  elif (( shown )); then print -r - $line; fi
done
exit 0
`;
