import type { CommandRun } from './command.js';

/** How the text after a flag becomes a value: `choice` is one of the listed words, `list` repeats. */
export type OptionKind =
  | { readonly kind: 'flag' }
  | { readonly kind: 'text' }
  | { readonly kind: 'list' }
  | { readonly kind: 'count'; readonly minimum: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] };

export interface OptionRow {
  /** As commander reads it: `--set <path=value>`. */
  readonly flags: string;
  readonly description: string;
  readonly value: OptionKind;
  readonly default?: string | number;
}

/** One command: everything but its body, which is loaded when it is called. */
export interface CommandRow {
  /** `train`, or `data get` for a command within a group. */
  readonly name: string;
  readonly description: string;
  /** As commander reads them: `<config>`, `[name]`, `<image...>`. */
  readonly operands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionRow[];
  readonly example: string;
  readonly load: () => Promise<CommandRun>;
}

/** Commands that share a first word. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  data: 'fetch, check and look at data sets',
  engine: 'where the arithmetic happens',
};

const flag: OptionKind = { kind: 'flag' };
const text: OptionKind = { kind: 'text' };
const list: OptionKind = { kind: 'list' };
const count = (minimum: number): OptionKind => ({ kind: 'count', minimum });
const choice = (...of: string[]): OptionKind => ({ kind: 'choice', of });

const json: OptionRow = { flags: '--json', description: 'machine-readable output on stdout', value: flag };
const set: OptionRow = {
  flags: '--set <path=value>',
  description: 'change one value of the config, e.g. train.epochs=3; may be repeated',
  value: list,
};

/** Every command that works, in the order of `involve --help`. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'doctor',
    description: 'check what this machine has and what it lacks',
    operands: [],
    options: [json],
    example: 'involve doctor',
    load: async () => (await import('./doctor.js')).run,
  },
  {
    name: 'init',
    description: 'write a first config, commented, to start from',
    operands: [{ name: '[name]', description: 'name of the experiment, or the file to write' }],
    options: [
      {
        flags: '--data <name>',
        description: 'data set of the experiment',
        value: choice('scenes', 'intel', 'cifar10', 'image-folder'),
        default: 'scenes',
      },
    ],
    example: 'involve init my-experiment --data cifar10',
    load: async () => (await import('./init.js')).run,
  },
  {
    name: 'schema',
    description: 'print the JSON Schema of a config, for editors',
    operands: [],
    options: [{ flags: '--out <file>', description: 'write it to a file instead', value: text }],
    example: 'involve schema --out configs/schema.json',
    load: async () => (await import('./schema.js')).run,
  },
];

export { choice, count, flag, json, list, set, text };
