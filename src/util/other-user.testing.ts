import { isMainThread } from 'node:worker_threads';

const isRoot = process.getuid?.() === 0;

/** Whether a test can read as one whom permissions are for: not on Windows, and of root not in a thread. */
export const permissionsCount = process.platform !== 'win32' && (!isRoot || isMainThread);

/** The user that tests of root read as: nobody. Others read as themselves. */
export const reader = isRoot ? 65_534 : undefined;

/** Does something as a user whom permissions are for: root may read everything. */
export async function asReader<T>(work: () => Promise<T>): Promise<T> {
  if (reader === undefined) return work();
  process.seteuid!(reader);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
