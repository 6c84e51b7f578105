import { isFolder } from './read-problem.js';
import { dataSets, ownFolders, type DataSetName } from './sets/index.js';

/** Which data set a folder looks like; what looks like none is taken for class folders. */
export async function detectLayout(dir: string): Promise<DataSetName> {
  if (!isFolder(dir)) return ownFolders.name;
  for (const { name, recognise } of dataSets) if (await recognise?.(dir)) return name;
  return ownFolders.name;
}
