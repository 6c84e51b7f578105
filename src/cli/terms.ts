import type { Flag } from './flags.js';
import type { Operand } from './operands.js';

/** A flag as it is typed: `dryRun` as `--dry-run`. */
export function flagName(key: string): string {
  return `--${kebab(key)}`;
}

/** A flag with what follows it: `--set <path=value>`. */
export function flagTerm(key: string, { placeholder }: Pick<Flag, 'placeholder'>): string {
  return placeholder === undefined ? flagName(key) : `${flagName(key)} <${placeholder}>`;
}

/** An argument as the help shows it: `<config>`, `[name]`, `<image...>`, `[image...]`. */
export function operandTerm(key: string, { arity }: Operand): string {
  const name = kebab(key);
  return { one: `<${name}>`, optional: `[${name}]`, many: `<${name}...>`, any: `[${name}...]` }[arity];
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
