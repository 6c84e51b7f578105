import { z } from 'zod';
import { count } from '../util/schema-parts.js';

/** Where the arithmetic happens. */
export const engine = z.strictObject({
  name: z.enum(['auto', 'tensorflow', 'wasm', 'reference']).default('auto'),
  device: z.enum(['auto', 'cuda', 'cpu']).default('auto'),
  mode: z.enum(['replay', 'eager']).default('replay'),
  threads: count.max(64).nullable().default(null).describe('null: as many as the machine has cores.'),
  deterministic: z
    .boolean()
    .default(true)
    .describe(
      'tensorflow: ask for operations that give the same bits every time; without, no resume is exact.',
    ),
  mixedPrecision: z
    .boolean()
    .default(false)
    .describe(
      'tensorflow: on CUDA compute in float16 where it is thought safe; on a processor with tiles for it (Intel AMX) ' +
        'multiply in bfloat16 and add in float32 in dense convolutions.',
    ),
  layoutOptimizer: z.boolean().default(true).describe('tensorflow on CUDA: lay graphs out channels first.'),
  customOps: z
    .boolean()
    .default(true)
    .describe('tensorflow on the processor: use our own operations where a compiler could build them.'),
});

export type EngineConfig = Readonly<z.infer<typeof engine>>;
