// What the arguments of a routine are for. Each of a routine's addresses has one of these types, so that the passes over
// a recorded program know what a call reads and what it writes (see declarations.mjs). Beside them, in the doc comment:
//
//   @over to: x, y    the result may lie over these arguments, both from their beginning: the routine reads each value
//                     before it writes the value at the same place, and reads no other after that
//   @cheap            the result costs little to compute again
//   @before next        the first of two passes: what @over allows, it allows also where the routine `next` is still to come,
//                     and is the last call that names the argument that is written over

/** What is read, and not written. */
export type In = usize;

/** A result, or a part of one: what was there before is not read. */
export type Out = usize;

/** What is read and written. */
export type InOut = usize;

/** Memory of which nothing is known before the call, and nothing asked after it. */
export type Scratch = usize;
