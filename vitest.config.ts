import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
    // Each file in a process of its own: engines own worker threads and large memories.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
