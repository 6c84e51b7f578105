import type { Wire } from './wire.js';

/** Wires between workers that live in one process; what is sent to one that never asks stays on its way. */
export function wiresInMemory(of: number): readonly Wire[] {
  const under = new Map<string, Uint8Array[]>();
  const way = (from: number, to: number): Uint8Array[] => {
    const key = `${from} ${to}`;
    if (!under.has(key)) under.set(key, []);
    return under.get(key)!;
  };
  return Array.from({ length: of }, (_, rank): Wire => ({
    rank,
    of,
    send(bytes, to) {
      way(rank, to).push(bytes.slice());
      return () => true;
    },
    receive(into, from) {
      let isDone = false;
      return () => {
        const arrived = isDone ? undefined : way(from, rank).shift();
        if (arrived !== undefined) {
          if (arrived.length !== into.length)
            throw new Error(`${arrived.length} bytes came where ${into.length} were expected.`);
          into.set(arrived);
          isDone = true;
        }
        return isDone;
      };
    },
  }));
}
