import { z } from 'zod';
import { experimentSchema, type Experiment } from '../../config/schema.js';
import { checkpointName, count } from '../../runs/record/parts.js';
import { badInput, type InvolveError } from '../../util/errors.js';
import { oneLine } from '../../util/one-line.js';
import type { TrainedModel } from '../format.js';
import { PRODUCER, readMetadata, type Metadata } from './model-file.js';

/**
 * Texts that a file brings, as JSON, so that a class may have any name. `classes` and `preprocessing` are for whoever
 * loads it; `experiment` is the config, without where on the machine its data lay, for `involve eval`.
 */
export function metadataOf({ experiment, classes, origin }: TrainedModel): Metadata {
  const { inputSize, resize, cropFraction } = experiment.data;
  const preprocessing = { inputSize, resize, ...(resize === 'crop' ? { cropFraction } : {}) };
  return {
    involve: FORMAT,
    classes: JSON.stringify(classes),
    preprocessing: JSON.stringify(preprocessing),
    origin: JSON.stringify(origin),
    experiment: JSON.stringify({ ...experiment, data: { ...experiment.data, dir: null } }),
  };
}

/** What a file says of itself. */
export interface Described {
  /** Images are put in as they are: they are normalised inside. */
  readonly experiment: Experiment;
  readonly classes: readonly string[];
  readonly origin: TrainedModel['origin'];
}

/**
 * Reads the texts of a file.
 * @param shown its path as the user would type it
 * @throws InvolveError (exit code 2) where it is no ONNX, or of another program
 */
export function describedBy(bytes: Uint8Array, shown: string): Described {
  const file = readMetadata(bytes);
  if (file === undefined) throw foreign('is neither a run folder nor an ONNX file', shown);
  const { producer, metadata } = file;
  if (producer !== PRODUCER || metadata.involve === undefined) {
    const by = producer === '' ? 'another program' : oneLine(producer);
    throw foreign(
      `is an ONNX file of ${by}: it does not say of what classes its outputs are, nor of what data`,
      shown,
    );
  }
  const { involve, ...texts } = metadata;
  if (involve !== FORMAT)
    throw foreign(`is of version ${oneLine(involve)}, and this program knows ${FORMAT}`, shown);
  const found = textsSchema.safeParse(texts);
  if (!found.success)
    throw foreign(`has texts that are damaged: ${found.error.issues[0].path.join('.')}`, shown);
  const { experiment, classes, origin } = found.data;
  return {
    experiment: { ...experiment, augment: { ...experiment.augment, normalize: 'unit' } },
    classes,
    origin,
  };
}

// --- internal ---

/** Version of the texts and of the names of what goes in and comes out. */
const FORMAT = '1';

function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const textsSchema = z.object({
  classes: json(z.array(z.string())),
  origin: json(z.object({ run: z.string(), checkpoint: checkpointName, epoch: count })),
  experiment: json(experimentSchema),
});

function foreign(what: string, shown: string): InvolveError {
  return badInput('E_ONNX_FOREIGN', {
    what: `${shown} ${what}`,
    where: shown,
    try: 'a run folder, or a file that involve export --format onnx wrote',
  });
}
