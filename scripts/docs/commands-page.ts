import type { Command } from '../../src/cli/command.js';
import { COMMAND_GROUPS, COMMANDS } from '../../src/cli/commands.js';
import type { Flag } from '../../src/cli/flags.js';
import { flagTerm, operandTerm } from '../../src/cli/terms.js';

const INTRODUCTION = `# Commands

Every command with its arguments and flags, as \`involve COMMAND --help\` prints them. \`npm run docs:commands\` writes this
page, and a test compares it with the code.

Every command takes \`--debug\` (show the stack of an error) and \`-h, --help\` too. Exit codes: 0 done, 1 the run failed,
2 bad input, 3 this machine lacks something, 130 interrupted (SIGTERM: 143).`;

/** The text of docs/commands.md. */
export function page(): string {
  const groups = Object.entries(COMMAND_GROUPS).map(([word, text]) => `\`involve ${word} …\`: ${text}.`);
  return `${[INTRODUCTION, ...groups, ...COMMANDS.map(section)].join('\n\n')}\n`;
}

// --- internal ---

function section({ name, description, operands, flags, example }: Command): string {
  const terms = Object.entries(operands).map(([key, operand]) => operandTerm(key, operand));
  const usage = ['involve', name, ...terms, ...(Object.keys(flags).length > 0 ? ['[options]'] : [])];
  const items = [
    ...Object.values(operands).map((operand, i) => item(terms[i], operand.description)),
    ...Object.entries(flags).map(([key, flag]) => item(flagTerm(key, flag), flagText(flag))),
  ];
  return [
    `## involve ${name}`,
    `${description[0].toUpperCase()}${description.slice(1)}.`,
    `\`\`\`sh\n${usage.join(' ')}\n\`\`\``,
    ...(items.length > 0 ? [items.join('\n')] : []),
    `Example: \`${example}\``,
  ].join('\n\n');
}

function item(term: string, text: string): string {
  return `- \`${term}\`: ${text.replace(/[<*_]/g, '\\$&')}`;
}

function flagText({ description, choices = [], default: standard }: Flag): string {
  const notes = [...choices, ...(standard === undefined ? [] : [`default: ${String(standard)}`])];
  return notes.length === 0 ? description : `${description} (${notes.join(', ')})`;
}
