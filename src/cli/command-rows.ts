import type { CommandRun } from './command.js';

/** How the text after a flag becomes a value: `choice` is one of the listed words, `list` repeats. */
export type OptionKind =
  | { readonly kind: 'flag' }
  | { readonly kind: 'text' }
  | { readonly kind: 'list' }
  | { readonly kind: 'count'; readonly from: number; readonly to?: number }
  | { readonly kind: 'positive' }
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

export const flag: OptionKind = { kind: 'flag' };
export const text: OptionKind = { kind: 'text' };
export const list: OptionKind = { kind: 'list' };
export const count = (from: number, to?: number): OptionKind => ({ kind: 'count', from, to });
export const positive: OptionKind = { kind: 'positive' };
export const choice = (...of: string[]): OptionKind => ({ kind: 'choice', of });

export const json: OptionRow = {
  flags: '--json',
  description: 'machine-readable output on stdout',
  value: flag,
};
export const set: OptionRow = {
  flags: '--set <path=value>',
  description: 'change one value of the config, e.g. train.epochs=3; may be repeated',
  value: list,
};

export const engine: OptionRow = {
  flags: '--engine <name>',
  description: 'what computes',
  value: choice('auto', 'tensorflow', 'wasm', 'reference'),
};
export const device: OptionRow = {
  flags: '--device <name>',
  description: 'where it computes',
  value: choice('auto', 'cuda', 'cpu'),
};
export const threads: OptionRow = {
  flags: '--threads <n>',
  description: 'threads of the engine (default: one per core)',
  value: count(1, 64),
};
export const classes: OptionRow = {
  flags: '--classes <n>',
  description: 'number of classes (default: those of the data)',
  value: count(2),
};

export const config = { name: '<config>', description: 'config file, YAML or JSON' };
export const configOrSet = { name: '[config]', description: 'config file, or the name of a data set' };
export const dataDir: OptionRow = { flags: '--dir <dir>', description: 'folder of the data', value: text };
