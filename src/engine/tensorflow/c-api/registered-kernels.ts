import { readFields, readPacked, readText, type ReadField } from '../../../util/wire/protobuf.js';
import type { CApi } from './c-api.js';
import { messageIn } from './message.js';

/** A kernel that libtensorflow has: KernelDef of tensorflow/core/framework/kernel_def.proto. */
export interface RegisteredKernel {
  readonly op: string;
  /** `CPU`, `GPU`, `DEFAULT` (every device but the processor has it) … */
  readonly device: string;
  /** Types that attributes of a node must have, one of each list, for the kernel to compute it. */
  readonly types: Readonly<Record<string, readonly number[]>>;
  /** Only for nodes that ask for it by name. */
  readonly label: string;
  /** Arguments that lie in the memory of the host. */
  readonly onHost: readonly string[];
}

/**
 * Every kernel that the library and what was loaded beside it have registered. They register when the library loads, so
 * those for GPUs are listed on a machine without one.
 */
export function registeredKernels(api: CApi): RegisteredKernel[] {
  const buffer = api.TF_GetAllRegisteredKernels(api.status);
  api.check();
  try {
    return fieldsOf(messageIn(api, buffer)).map(({ bytes }) => kernelOf(fieldsOf(bytes)));
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}

/** The kernel of these for a node on a device: KernelAttrsMatch of tensorflow/core/framework/kernel_def_util.cc. */
export function kernelFor(
  kernels: readonly RegisteredKernel[],
  device: string,
  op: string,
  types: Readonly<Record<string, number>>,
  label = '',
): RegisteredKernel | undefined {
  const fits = (kernel: RegisteredKernel): boolean =>
    kernel.op === op &&
    kernel.label === label &&
    Object.entries(kernel.types).every(([name, allowed]) => allowed.includes(types[name]));
  const fitting = kernels.filter(fits);
  return fitting.find((each) => each.device === device) ?? fitting.find((each) => each.device === 'DEFAULT');
}

// --- internal ---

/** Field numbers of KernelDef, of its constraints and of AttrValue. */
const [OP, DEVICE, CONSTRAINT, HOST_ARG, LABEL] = [1, 2, 3, 4, 5];
const [NAME, ALLOWED] = [1, 2];
const [LIST, LISTED_TYPES] = [1, 6];

function kernelOf(fields: readonly ReadField[]): RegisteredKernel {
  const text = (number: number): string => numbered(fields, number).map(readText)[0] ?? '';
  return {
    op: text(OP),
    device: text(DEVICE),
    label: text(LABEL),
    onHost: numbered(fields, HOST_ARG).map(readText),
    types: Object.fromEntries(numbered(fields, CONSTRAINT).map(({ bytes }) => constraintOf(fieldsOf(bytes)))),
  };
}

function constraintOf(fields: readonly ReadField[]): [name: string, allowed: number[]] {
  const [name] = numbered(fields, NAME).map(readText);
  const allowed = numbered(fields, ALLOWED)
    .flatMap(({ bytes }) => numbered(fieldsOf(bytes), LIST))
    .flatMap(({ bytes }) => numbered(fieldsOf(bytes), LISTED_TYPES))
    // One by one, or packed.
    .flatMap(({ number, bytes }) => (number === undefined ? readPacked(bytes ?? NOTHING) : [number]));
  return [name, allowed.map(Number)];
}

const NOTHING: Uint8Array = new Uint8Array();

function fieldsOf(message: Uint8Array = NOTHING): ReadField[] {
  return [...readFields(message)];
}

function numbered(fields: readonly ReadField[], number: number): ReadField[] {
  return fields.filter(({ field }) => field === number);
}
