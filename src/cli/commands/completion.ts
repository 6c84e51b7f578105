import { closestString } from '../../util/closest-string.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import type { CompletionSource } from '../completion/command-words.js';
import { one } from '../operands.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * `involve completion bash|zsh|fish`: a script that completes commands, flags, configs and run folders.
 * @param source the whole command line, this command included
 */
export const completionOf = (source: () => CompletionSource) =>
  command({
    name: 'completion',
    description: 'print a script that completes commands, flags, configs and run folders in a shell',
    operands: { shell: one('bash, zsh or fish', { words: SHELLS }) },
    flags: {},
    example: 'involve completion bash',
    async run({ shell: name }, _flags, { print }) {
      const shell = SHELLS.find((each) => each === name);
      if (shell === undefined) {
        const meant = closestString(name, SHELLS);
        throw badInput('E_ARGUMENT', {
          what: `expected ${SHELLS.join(', ')}, received ${JSON.stringify(name)}`,
          try: meant && `did you mean "${meant}"?`,
        });
      }
      print((await scriptOf(shell, source())).trimEnd());
      return ExitCode.ok;
    },
  });

// --- internal ---

async function scriptOf(shell: (typeof SHELLS)[number], source: CompletionSource): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.js')).bashScript(source);
    case 'zsh':
      return (await import('../completion/zsh.js')).zshScript(source);
    case 'fish':
      return (await import('../completion/fish.js')).fishScript(source);
  }
}
