import { z } from 'zod';
import type { TaskMetrics } from '../../metrics/metric.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { declaredMetrics, declareMetrics } from './declared-metrics.js';
import { readRecord, type JsonRecord } from './json-record.js';
import { toJson } from './json-text.js';
import { count, open } from './parts.js';

/**
 * environment.json: everything outside of the config that a run's numbers may depend on, and what its numbers mean.
 * It is there as soon as the run is.
 *
 * Version 1 says its version and, in `metrics`, what was measured.
 */
const VERSION = 1;

const shape = {
  date: z.string(),
  /** As typed, with the paths of node and of the program in front. */
  commandLine: z.array(z.string()),
  /** Versions; null where they could not be found out. */
  involve: z.string().nullable(),
  node: z.string(),
  tfjs: z.string().nullable(),
  engine: open({
    name: z.string().optional(),
    mode: z.string().optional(),
    /** In the engine's own words: its name, version, kernels. */
    description: z.string().optional(),
    deterministic: z.boolean().optional(),
  }),
  device: z.string(),
  /** Of the engine; of each worker's, where there are several. */
  threads: count,
  /** The processes that shared the batches; absent where there was one. */
  workers: z.array(open({ rank: count, pid: count, host: z.string().optional() })).optional(),
  /** The MPI that started them and through which they exchange, in its own words; absent: sockets of one machine. */
  mpi: z.string().optional(),
  seed: count,
  data: open({
    name: z.string(),
    /** Of the pixels and labels of training and validation, in order. */
    fingerprint: z.string(),
    counts: z.record(z.string(), count),
  }),
  /** The commit of the checkout that ran, and whether files in it were changed since. */
  git: open({ commit: z.string(), dirty: z.boolean() }).nullable(),
  machine: open({
    host: z.string().optional(),
    system: z.string(),
    cpu: z.string(),
    cores: count,
    usableCores: count,
    memoryMb: count,
  }),
  /** What the model's outputs mean, for those who have the run but not the data. */
  classes: z.array(z.string()).optional(),
  metrics: declaredMetrics.optional(),
  /** Weights of others that it started from; absent: those of the seed. */
  startedFrom: open({
    weights: z.string(),
    sha256: z.string(),
    /** Whose names the tensors had. */
    format: z.string().optional(),
    tensors: count.optional(),
    /** Why the head did not come along. */
    newHead: z.string().optional(),
    /** What started from the seed beside the head. */
    fromSeed: z.array(z.string()).optional(),
  }).optional(),
};

/** The start of a run, or of a process that went on with it. */
const start = open(shape);
const startAsRead = start.partial();

const record = {
  version: VERSION,
  schema: startAsRead.extend({ resumed: z.array(startAsRead).optional() }),
} satisfies JsonRecord<z.ZodType>;

/** What is known where a run starts. */
export type Environment = z.output<typeof start>;

/** What a reader may hope for: nobody needs all of it, so none of it has to be there. */
export type EnvironmentRecord = z.output<typeof record.schema>;

/** Empty where there is no such file. */
export async function readEnvironment(path: string): Promise<EnvironmentRecord> {
  return (await readRecord(path, record)) ?? {};
}

export async function writeEnvironment(path: string, environment: EnvironmentRecord): Promise<void> {
  const { resumed, ...start } = environment;
  const text = toJson(
    { ...written(start), version: VERSION, resumed: resumed?.map((each) => written(each)) },
    2,
  );
  await writeFileAtomic(path, `${text}\n`);
}

// --- internal ---

function written({ metrics, ...rest }: { readonly metrics?: TaskMetrics; readonly [key: string]: unknown }) {
  return { ...rest, metrics: metrics && declareMetrics(metrics) };
}
