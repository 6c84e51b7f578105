import { engine, findBackend, getBackend, setBackend } from './tf-core.js';

/**
 * tf.js computes eager operations, and makes tensors, on one backend at a time, which it holds in a global. It is
 * changed here and nowhere else.
 */
export function useBackend(name: string): void {
  if (findBackend(name) === null) throw new Error(`tf.js has no backend ${name}.`);
  // It is there, so that this is over when it returns, although it says nothing but a promise.
  void setBackend(name);
}

/** Does `work`, which is over when it returns, on a backend; afterwards the current one is the one it was. */
export function onBackend<T>(name: string, work: () => T): T {
  const before = getBackend() as string | null | undefined;
  if (before === name) return work();
  useBackend(name);
  try {
    return work();
  } finally {
    if (before) useBackend(before);
    else forgetBackend();
  }
}

// --- internal ---

/** As long as no backend was chosen, tf.js takes the best one when it first needs one. */
function forgetBackend(): void {
  Object.assign(engine(), { backendName: null, backendInstance: null });
}
