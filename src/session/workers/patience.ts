/** How often it is looked at the clock. */
const TICK_MS = 250;

/**
 * Waits no longer than so many seconds in which this process itself ran: where it was stopped, and all others with it, or
 * the machine slept, nobody is late.
 * @throws what `late` gives
 */
export function withPatience<T>(work: Promise<T>, seconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks * TICK_MS < seconds * 1000) return;
      clearInterval(timer);
      reject(late());
    }, TICK_MS);
    work.then(resolve, reject).finally(() => clearInterval(timer));
  });
}
