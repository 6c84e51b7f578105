import { defineConfig } from 'vitest/config';

/** A hang of a changed place is cut off by StrykerJS, long before; what has not changed is slow where it is counted. */
const HANG_MS = 900_000;

/** The tests of a mutation run; scripts/mutation.mjs says which. */
export default defineConfig({
  test: {
    include: (process.env.INVOLVE_MUTATION_TESTS ?? 'src/**/*.test.ts').split(','),
    pool: 'threads',
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
  },
});
