import type { Command } from '../command.js';
import type { Completes, PathKind } from '../completes.js';
import { flagName } from '../terms.js';

/** What the scripts of all shells are made of. */
export interface CompletionSource {
  readonly commands: readonly Command[];
  /** First words that several commands share, with what they are about. */
  readonly groups: Readonly<Record<string, string>>;
}

/** What may be typed after `involve`, after `involve data` … */
export interface WordChoice {
  /** The words before it: '' or the name of a group. */
  readonly after: string;
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

export interface FlagWords {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly repeats: boolean;
  readonly placeholder: string | undefined;
  readonly completes: Completes;
}

/** Endings of the names of files that are offered. */
export const ENDINGS: Readonly<Partial<Record<PathKind, readonly string[]>>> = {
  config: ['json', 'yaml', 'yml'],
  onnx: ['onnx'],
  image: ['jpg', 'jpeg', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif', 'bmp'],
};

/** Every flag of a command, those that all have included. */
export function flagWords({ flags }: Pick<Command, 'flags'>): FlagWords[] {
  const own = Object.entries(flags).map(([key, flag]) => ({
    key,
    name: flagName(key),
    description: flag.description,
    takesValue: flag.placeholder !== undefined,
    repeats: flag.repeats,
    placeholder: flag.placeholder,
    completes: flag.completes,
  }));
  return [...own, ...GLOBAL];
}

/** The commands and groups that may follow, in the order of the help. */
export function commandWords({ commands, groups }: CompletionSource): WordChoice[] {
  const first = new Map<string, string>();
  for (const { name, description } of commands) {
    const [word] = name.split(' ');
    first.set(word, groups[word] ?? description);
  }
  const top = [...first].map(([word, description]) => ({ word, description }));
  const below = Object.keys(groups).map((group) => ({
    after: group,
    words: commands
      .filter(({ name }) => name.startsWith(`${group} `))
      .map(({ name, description }) => ({ word: name.slice(group.length + 1), description })),
  }));
  return [{ after: '', words: top }, ...below];
}

// --- internal ---

const GLOBAL: readonly FlagWords[] = [
  { key: 'debug', name: '--debug', description: 'show the stack of an error' },
  { key: 'help', name: '--help', description: 'print help' },
].map((flag) => ({ ...flag, takesValue: false, repeats: false, placeholder: undefined, completes: {} }));
