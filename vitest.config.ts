import { defineConfig } from 'vitest/config';

/** A limit catches hangs and nothing else: the slowest test takes half a minute, and a busy machine fifteen times that. */
export const HANG_MS = 900_000;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
    // Each file in a process of its own: engines own worker threads and large memories.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
  },
});
