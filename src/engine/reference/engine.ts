import { findBackend, memory, zeros } from '../tf-core.js';
import type { Engine } from '../contract.js';
import { onBackend, useBackend } from '../current-backend.js';
import { registerReferenceKernels } from './register.js';

const BACKEND = 'cpu';

/** Opens the engine that defines the numbers: tf.js's CPU backend with plain kernels. */
export function openReferenceEngine(): Engine {
  registerReferenceKernels();
  silenceGreeting();
  return {
    name: 'reference',
    device: 'cpu',
    threads: 1,
    mode: 'eager',
    description: 'reference (plain TypeScript, 1 thread)',
    use: () => useBackend(BACKEND),
    run: (work) => onBackend(BACKEND, work),
    record: () => {
      throw new Error('The reference engine computes at once and records nothing.');
    },
    blank: (shape) => onBackend(BACKEND, () => zeros([...shape])),
    memory: () => ({ bytes: memory().numBytes, peakBytes: null }),
    fallbacks: () => new Map(),
  };
}

// --- internal ---

/** tf.js's CPU backend greets on first use, advising another package; the command line owns stdout. */
function silenceGreeting(): void {
  Object.assign(findBackend(BACKEND), { firstUse: false });
}
