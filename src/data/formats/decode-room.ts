/** So many bytes of decoded pixels may be in the memory at once; a single image may be larger, and is then alone. */
const room = 512 * 1024 * 1024;

let taken = 0;
let waiting: (() => void)[] = [];

/** Runs `work`, which needs so many bytes, as soon as what runs leaves room for it. */
export async function withRoom<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const share = Math.min(bytes, room);
  while (taken + share > room) await new Promise<void>((wake) => waiting.push(wake));
  taken += share;
  try {
    return await work();
  } finally {
    taken -= share;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }
}
