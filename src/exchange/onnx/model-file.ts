import {
  bytesField,
  floatField,
  messageField,
  numberField,
  readFields,
  textField,
  type Pieces,
} from '../../util/wire/protobuf.js';
import {
  OPSET,
  PORTS,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxGraph,
  type OnnxNode,
} from './graph.js';

/** What is said of a model beside its graph: texts by name. */
export type Metadata = Readonly<Record<string, string>>;

export interface ModelFile {
  readonly graph: OnnxGraph;
  readonly name: string;
  /** Version of this program. */
  readonly version: string;
  readonly inputSize: number;
  /** Of the logits of one image: [classes], or [height, width, classes]. */
  readonly output: readonly number[];
  readonly metadata: Metadata;
}

/** A ModelProto (onnx.proto, IR version 8), in pieces: field numbers are those of that file. */
export function modelFile({ graph, name, version, inputSize, output, metadata }: ModelFile): Pieces {
  const entries = Object.entries(metadata).map(([key, value]) =>
    messageField(14, [textField(1, key), textField(2, value)]),
  );
  return [
    numberField(1, IR_VERSION),
    textField(2, PRODUCER),
    textField(3, version),
    messageField(7, [
      ...graph.nodes.map(nodeProto),
      textField(2, name),
      ...[...graph.constants].map(([name, constant]) => tensorProto(name, constant)),
      valueInfo(11, PORTS.images, UINT8, ['batch', inputSize, inputSize, 3]),
      valueInfo(12, PORTS.logits, FLOAT, ['batch', ...output]),
      valueInfo(12, PORTS.probabilities, FLOAT, ['batch', ...output]),
    ]),
    messageField(8, [textField(1, ''), numberField(2, OPSET)]),
    ...entries,
  ].flat();
}

/**
 * The texts of a file, whoever wrote it; undefined where the bytes are no ModelProto.
 */
export function readMetadata(
  bytes: Uint8Array,
): { readonly producer: string; readonly metadata: Metadata } | undefined {
  let producer = '';
  let hasGraph = false;
  const metadata: [string, string][] = [];
  try {
    for (const { field, bytes: value } of readFields(bytes)) {
      if (field === 2 && value) producer = textOf(value);
      if (field === 7 && value) hasGraph = true;
      if (field !== 14 || !value) continue;
      const texts = new Map([...readFields(value)].map((entry) => [entry.field, entry.bytes]));
      metadata.push([textOf(texts.get(1)), textOf(texts.get(2))]);
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return hasGraph ? { producer, metadata: Object.fromEntries(metadata) } : undefined;
}

export const PRODUCER = 'involve';

// --- internal ---

/** Of ONNX 1.11, the one of opset 17's first release before functions had overloads. */
const IR_VERSION = 8;

/** TensorProto.DataType. */
const [FLOAT, UINT8, INT64] = [1, 2, 7];

function nodeProto({ op, name, inputs, outputs, attributes }: OnnxNode): Pieces {
  return messageField(1, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, op),
    ...Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  ]);
}

/** AttributeProto, with its type: FLOAT 1, INT 2, STRING 3, INTS 7. */
function attributeProto(name: string, value: OnnxAttribute): Pieces {
  const typed = (type: number, ...fields: Pieces[]): Pieces =>
    messageField(5, [textField(1, name), ...fields, numberField(20, type)]);
  if ('float' in value) return typed(1, floatField(2, value.float));
  if ('int' in value) return typed(2, numberField(3, value.int));
  if ('text' in value) return typed(3, textField(4, value.text));
  return typed(7, ...value.ints.map((each) => numberField(8, each)));
}

function tensorProto(name: string, { dims, data }: OnnxConstant): Pieces {
  return messageField(5, [
    ...dims.map((length) => numberField(1, length)),
    numberField(2, data instanceof Float32Array ? FLOAT : INT64),
    textField(8, name),
    // As they lie in memory: little-endian, as ONNX has it and as all processors that Node.js runs on.
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

function valueInfo(field: number, name: string, type: number, shape: readonly (number | string)[]): Pieces {
  const dims = shape.map((length) =>
    messageField(1, [typeof length === 'number' ? numberField(1, length) : textField(2, length)]),
  );
  const tensor = messageField(1, [numberField(1, type), messageField(2, dims)]);
  return messageField(field, [textField(1, name), messageField(2, [tensor])]);
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}
