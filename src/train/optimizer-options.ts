import { z } from 'zod';
import type { OptimizerRow } from './optimizers/define-optimizer.js';
import { optimizers } from './optimizers/index.js';

type OptionsOf<Rows extends readonly { readonly options: unknown }[]> = {
  -readonly [I in keyof Rows]: Rows[I]['options'];
};

/** The optimizers, told apart by `name`. */
export const optimizer = z.discriminatedUnion(
  'name',
  optimizers.map(({ options }) => options) as OptionsOf<typeof optimizers>,
);

export type OptimizerConfig = Readonly<z.infer<typeof optimizer>>;

/** Every name that `train.optimizer.name` may have. */
export const optimizerNames: readonly string[] = optimizers.flatMap(({ options }) => namesOf(options));

/** Those whose momentum a schedule can drive. */
export const momentumOptimizers: readonly string[] = optimizers.flatMap(({ options, rules }) =>
  rules.every(({ momentum }) => momentum !== undefined) ? namesOf(options) : [],
);

/** The row of the optimizer that a config names. */
export function optimizerRow({ name }: OptimizerConfig): OptimizerRow<z.ZodType<OptimizerConfig>> {
  // A row's functions take its own options, which are these: they have its name.
  return optimizers.find(({ options }) => options.shape.name.safeParse(name).success) as never;
}

// --- internal ---

function namesOf({ shape: { name } }: (typeof optimizers)[number]['options']): readonly string[] {
  return name instanceof z.ZodEnum ? name.options : [...name.values];
}
