import { missing, runFailed } from '../../util/errors.js';

/** What is wrong with the disk, if that is what an error is about. */
export function diskProblem(error: unknown, folder: string): Error | null {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const problem = {
      what: 'the disk is full',
      where: folder,
      try: 'make room, or choose another place: --dir DIR',
    };
    return runFailed('E_DISK_FULL', problem, { cause: error });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    const problem = { what: `the folder cannot be written (${code})`, where: folder, try: '--dir DIR' };
    return missing('E_NOT_WRITABLE', problem, { cause: error });
  }
  return null;
}
