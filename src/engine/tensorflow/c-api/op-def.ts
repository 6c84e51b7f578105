import { readFields } from '../../../util/wire/protobuf.js';
import type { CApi } from './c-api.js';
import { readMessage } from './message.js';

/** How many tensors an input of an operation takes: one, or a list as long as an attribute says. */
export interface InputArgument {
  /** Name of the attribute with the length of the list, or undefined for a single tensor. */
  readonly lengthAttribute?: string;
  /** Name of the attribute whose list of types is as long as the list of tensors. */
  readonly typesAttribute?: string;
}

const known = new Map<string, readonly InputArgument[]>();

/**
 * The inputs of an operation by its OpDef (tensorflow/core/framework/op_def.proto): the C API wants lists of tensors
 * added as lists.
 */
export function inputArguments(api: CApi, graph: number, op: string): readonly InputArgument[] {
  let args = known.get(op);
  if (args === undefined) {
    args = parse(readMessage(api, (buffer) => api.TF_GraphGetOpDef(graph, op, buffer, api.status)));
    known.set(op, args);
  }
  return args;
}

// --- internal ---

/** Field numbers of OpDef and of its ArgDef. */
const INPUT_ARG = 2;
const NUMBER_ATTR = 5;
const TYPE_LIST_ATTR = 6;

function parse(opDef: Uint8Array): InputArgument[] {
  const args: InputArgument[] = [];
  for (const { field, bytes } of readFields(opDef)) {
    if (field !== INPUT_ARG || bytes === undefined) continue;
    const texts = new Map(
      [...readFields(bytes)].map(({ field, bytes = '' }) => [field, Buffer.from(bytes).toString()]),
    );
    args.push({
      lengthAttribute: texts.get(NUMBER_ATTR) || undefined,
      typesAttribute: texts.get(TYPE_LIST_ATTR) || undefined,
    });
  }
  return args;
}
