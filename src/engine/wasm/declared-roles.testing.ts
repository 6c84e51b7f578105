import type { WasmBackend } from './backend.js';

/** Bytes that no routine takes for something else: as numbers they are about −3·10⁻¹³. */
const RUBBISH = 0xab;

/**
 * From now on every call on this backend keeps to the roles that its routine declares, or throws: what is read alone is
 * the same afterwards, and scratch memory is full of rubbish before. In the arena, where a program lays one thing over
 * another, nothing is checked; results lie over arguments in in-place.test.ts.
 */
export function checkRoles({ pool, sharedMemory, arena }: WasmBackend): void {
  /** Bytes of each stretch of memory that is in use, by its beginning. */
  const stretches = new Map<number, number>();
  const allocate = sharedMemory.allocate.bind(sharedMemory);
  const free = sharedMemory.free.bind(sharedMemory);
  sharedMemory.allocate = (bytes) => {
    const address = allocate(bytes);
    stretches.set(address, bytes);
    return address;
  };
  sharedMemory.free = (address) => {
    stretches.delete(address);
    free(address);
  };
  const stretchOf = (address: number): number | undefined => {
    for (const [start, bytes] of stretches)
      if (start !== arena.address && address >= start && address < start + bytes) return start;
    return undefined;
  };
  const bytesOf = (start: number): Buffer => Buffer.from(sharedMemory.buffer, start, stretches.get(start));

  const call = pool.call.bind(pool);
  pool.call = (routine, items, args, isAlone) => {
    if (pool.sink) {
      call(routine, items, args, isAlone);
      return;
    }
    const named = routine.arguments.flatMap(({ name, role }, place) => {
      const address = args[place];
      const start = role === 'number' || address === 0 ? undefined : stretchOf(address);
      return start === undefined ? [] : [{ name, role, address, start }];
    });
    for (const { role, address, start } of named) {
      if (role !== 'scratch') continue;
      const later = named.filter((other) => other.start === start && other.address > address);
      const end = Math.min(start + stretches.get(start)!, ...later.map((other) => other.address));
      Buffer.from(sharedMemory.buffer, address, end - address).fill(RUBBISH);
    }
    const inputs = named
      .filter(({ start }) => named.every((other) => other.start !== start || other.role === 'in'))
      .map(({ name, start }) => ({ name, start, before: Buffer.from(bytesOf(start)) }));
    call(routine, items, args, isAlone);
    for (const { name, start, before } of inputs)
      if (!before.equals(bytesOf(start)))
        throw new Error(`The routine ${routine.name} writes to ${name}, which it declares to read alone.`);
  };
}
