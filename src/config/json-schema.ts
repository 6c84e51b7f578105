import { z } from 'zod';
import { experimentSchema } from './schema.js';
import { sweepSchema } from './sweep-schema.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema of a config file, for editors: completion, descriptions, unknown keys.
 *
 * A file that extends another gives only what differs, at every level; so nothing is required of the
 * inside of an object, and the three parts without a default are required only of a file that extends none.
 */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(experimentSchema, {
    io: 'input',
    target: 'draft-7', // what editors know best
    override: ({ jsonSchema }) => {
      // An object with one key, such as a duration, says nothing without it.
      if (Object.keys(jsonSchema.properties ?? {}).length > 1) delete jsonSchema.required;
      // `{ groups: 2 }` over an inherited type fits several options.
      if (jsonSchema.oneOf !== undefined) {
        jsonSchema.anyOf = jsonSchema.oneOf;
        delete jsonSchema.oneOf;
      }
    },
  });
  return {
    ...schema,
    title: 'An experiment of involve',
    anyOf: [{ required: ['extends'] }, { required: ['data', 'model', 'train'] }],
  };
}

/** The JSON Schema of a sweep file, for editors. */
export function sweepJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(sweepSchema, { io: 'input', target: 'draft-7' });
  const oneOf = [{ required: ['base'] }, { required: ['configs'] }];
  return { ...schema, title: 'A sweep of involve', oneOf };
}
