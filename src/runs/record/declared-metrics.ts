import { z } from 'zod';
import type { Metric, TaskMetrics } from '../../metrics/metric.js';

/**
 * How a record says what was measured, so that whoever reads it needs no task: every metric once, and by name which of
 * them belong to training, which to validation, and which one counts.
 */
export interface DeclaredMetrics {
  readonly all: readonly Metric[];
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly primary: string;
}

/** @returns what is written */
export function declareMetrics({ train, validation, primary }: TaskMetrics): DeclaredMetrics {
  const all = new Map([...train, ...validation].map((metric) => [metric.name, metric]));
  const names = (metrics: readonly Metric[]): string[] => metrics.map(({ name }) => name);
  return {
    all: [...all.values()],
    train: names(train),
    validation: names(validation),
    primary: primary.name,
  };
}

/** Reads what `declareMetrics` gave. */
export const declaredMetrics = z
  .object({
    all: z.array(
      z.object({
        // It becomes the column val_<name> and the key val<Name>.
        name: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
        title: z.string(),
        unit: z.enum(['share', 'nats', 'number']),
        better: z.enum(['higher', 'lower']),
        of: z.literal('pixels').optional(),
      }),
    ),
    train: z.array(z.string()).min(1),
    validation: z.array(z.string()).min(1),
    primary: z.string(),
  })
  .transform(({ all, train, validation, primary }, context): TaskMetrics => {
    const byName = new Map(all.map((metric) => [metric.name, metric]));
    const metricOf = (name: string): Metric => {
      const metric = byName.get(name);
      if (metric !== undefined) return metric;
      context.addIssue({ code: 'custom', message: `nothing is said of the metric "${name}"` });
      return z.NEVER;
    };
    if (!validation.includes(primary))
      context.addIssue({ code: 'custom', message: `"${primary}" is not measured on validation` });
    return {
      train: train.map(metricOf),
      validation: validation.map(metricOf),
      primary: metricOf(primary),
    };
  });
