import { defineConfig } from 'vitest/config';
import { HANG_MS } from './vitest.config.js';

/**
 * The tests of a mutation run; scripts/mutation.mjs says which. A hang of a changed place is cut off by StrykerJS, long
 * before the limit; what has not changed is slow where it is counted.
 */
export default defineConfig({
  test: {
    include: (process.env.INVOLVE_MUTATION_TESTS ?? 'src/**/*.test.ts').split(','),
    pool: 'threads',
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
  },
});
