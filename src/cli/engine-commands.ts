import { flag, json, text, type CommandRow } from './command-rows.js';

/** The commands of `involve engine`: what computes, and how to add to it. */
export const ENGINE_COMMANDS: readonly CommandRow[] = [
  {
    name: 'engine list',
    description: 'which engines work here, and why the others do not',
    operands: [{ name: '[config]', description: 'a model: which of its operations have no kernel of ours' }],
    options: [
      { flags: '--verbose', description: 'which operations have kernels of their own, too', value: flag },
      json,
    ],
    example: 'involve engine list --verbose configs/exp3.json',
    load: async () => {
      const [{ engineList }, { listEngines }, { stepFallbacks }] = await Promise.all([
        import('./commands/engine-list.js'),
        import('../engine/engine.js'),
        import('../session/step-fallbacks.js'),
      ]);
      return engineList(listEngines, stepFallbacks);
    },
  },
  {
    name: 'engine install',
    description: 'put TensorFlow on this machine: by your own pip, no compiler needed',
    operands: [{ name: '<flavour>', description: 'cpu, or cuda for NVIDIA GPUs' }],
    options: [
      { flags: '--version <version>', description: 'of TensorFlow (default: 2.21.0)', value: text },
      {
        flags: '--dir <dir>',
        description: 'folder to put it in (default: in the cache); remembered',
        value: text,
      },
      json,
      { flags: '--quiet', description: 'no progress', value: flag },
    ],
    example: 'involve engine install cpu',
    load: async () => {
      const [{ engineInstall }, { installTensorflow }] = await Promise.all([
        import('./commands/engine-install.js'),
        import('../engine/tensorflow/install/install.js'),
      ]);
      return engineInstall(installTensorflow);
    },
  },
  {
    name: 'engine remove',
    description: 'remove what engine install put here',
    operands: [{ name: '[flavour]', description: 'cpu or cuda (default: both)' }],
    options: [{ flags: '--dir <dir>', description: 'only what is in this folder', value: text }, json],
    example: 'involve engine remove cuda',
    load: async () => {
      const [{ engineRemove }, { removeTensorflow }] = await Promise.all([
        import('./commands/engine-remove.js'),
        import('../engine/tensorflow/install/remove.js'),
      ]);
      return engineRemove(removeTensorflow);
    },
  },
];
