import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { flagName } from './terms.js';

/** Other programs' flags are their own. */
const FOREIGN =
  /\b(?:python3?|pip|npm|nvm|apt-get|mkdir|cp|rm|ls|kill|ulimit|tar|iconv|convmv|git)\b[^;,)]*/g;

/**
 * What the advice on stderr names and does not exist where it is printed: commands of ours, and flags that the command
 * named, or else the one that was run, does not have. Empty for sound advice.
 *
 * @param args what followed `involve`
 */
export function badAdvice(args: readonly string[], stderr: string): string[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('  try: '));
  return lines.flatMap((line) => {
    const advice = line.slice('  try: '.length).replace(FOREIGN, '');
    const bad: string[] = [];
    const rest = advice.replace(/\binvolve ([a-z][^;,()`]*)/g, (_, typed: string) => {
      const words = typed.split(' ');
      const named = commandOf(words);
      if (named === undefined) bad.push(`${line}: there is no command "${words.slice(0, 2).join(' ')}"`);
      else bad.push(...unknownFlags(typed, named).map((flag) => `${line}: ${named.name} has no ${flag}`));
      return '';
    });
    const running = commandOf(args);
    if (running === undefined) return bad;
    return [...bad, ...unknownFlags(rest, running).map((flag) => `${line}: ${running.name} has no ${flag}`)];
  });
}

// --- internal ---

function commandOf(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name.split(' ').every((word, index) => words[index] === word));
}

function unknownFlags(text: string, { flags }: Command): string[] {
  const known = ['--help', '--debug', '--version', ...Object.keys(flags).map(flagName)];
  return [...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)]
    .map(([flag]) => flag)
    .filter((flag) => !known.includes(flag));
}
