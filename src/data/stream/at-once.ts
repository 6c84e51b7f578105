/**
 * So many images of a batch are under way in one thread: decoding itself is done by the system's pool of threads, while
 * this one cuts and augments another.
 */
const lanes = 3;

/** Runs `work` for 0 … count − 1, a few at once; after an error nothing more is begun. */
export async function atOnce(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      try {
        await work(next++);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}
