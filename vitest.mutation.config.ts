import { defineConfig } from 'vitest/config';

/** The tests of a mutation run; scripts/mutation.mjs says which. */
export default defineConfig({
  test: {
    include: (process.env.INVOLVE_MUTATION_TESTS ?? 'src/**/*.test.ts').split(','),
    pool: 'threads',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
