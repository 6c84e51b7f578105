import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../util/writing/atomic-write.js';
import { epochOfCheckpoint, isCheckpointName, runPaths, type CheckpointName } from './run-paths.js';

/** Removes the checkpoints of epochs from a folder, but for those of the epochs that are kept. */
export async function removeOtherEpochs(folder: string, kept: readonly number[]): Promise<void> {
  const others = (await readdir(folder)).filter((file) => {
    const epoch = epochOfCheckpoint(file);
    return epoch !== undefined && !kept.includes(epoch);
  });
  for (const file of others) await rm(join(folder, file), { force: true });
  if (others.length > 0) await syncFolder(folder);
}

/** The checkpoints that a run has, those of epochs in their order. */
export async function checkpointNames(dir: string): Promise<CheckpointName[]> {
  const files = await readdir(runPaths(dir).checkpoints).catch(() => []);
  const names = files.filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
  return names.filter(isCheckpointName).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

const ENDING = '.safetensors';
