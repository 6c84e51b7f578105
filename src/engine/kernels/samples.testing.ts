import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RandomStream } from '../../util/random.js';
import type { Inputs, Kernel, KernelBase, Outputs } from './kernel.js';
import { sizeOf } from './size-of.js';

/** A tensor outside any backend. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

/** A call by which engines are compared with the reference, at the tolerance that the kernel declares. */
export interface Sample {
  readonly kernel: KernelBase;
  readonly title: string;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly attrs: object;
}

/** Declares a sample; every `*.testing.ts` beside a kernel exports some as `samples`. */
export function sample<Name extends string, I extends Inputs, A extends object, O extends Outputs>(
  kernel: Kernel<Name, I, A, O>,
  inputs: { readonly [Input in keyof NoInfer<I>]: Numbers },
  ...[attrs = {} as A]: keyof A extends never ? [] : [attrs: NoInfer<A>]
): Sample {
  const typed = Object.entries<Numbers>(inputs).map(([name, { shape, values }]) => {
    const { dtype } = kernel.inputs[name];
    return [name, { shape, values, dtype }] as const;
  });
  const shapes = typed.map(([name, { shape }]) => `${name} [${shape.join(', ')}]`).join(', ');
  const settings = Object.entries(attrs)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');
  const title = `${kernel.name}: ${shapes}${settings && `; ${settings}`}`;
  return { kernel, title, inputs: Object.fromEntries(typed), attrs };
}

/** Those of all kernels. */
export async function allSamples(): Promise<readonly Sample[]> {
  const here = fileURLToPath(import.meta.url);
  const files = ['.', 'activations', 'updates']
    .map((folder) => join(dirname(here), folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.testing.ts') && name !== basename(here))
        .map((name) => join(folder, name)),
    );
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(file).href) as Promise<{ samples: readonly Sample[] }>),
  );
  return modules.flatMap(({ samples }) => samples);
}

/** Uniform numbers in [low, high), the same for the same shape and salt. */
export function uniform(shape: readonly number[], salt = 0, low = -1, high = 1): Numbers {
  const stream = new RandomStream('test', salt, shape.length, ...shape);
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, () => stream.between(low, high)) };
}

export function scalar(value: number): Numbers {
  return { shape: [], values: Float32Array.of(value) };
}
