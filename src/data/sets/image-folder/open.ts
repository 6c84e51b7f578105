import { badInput } from '../../../util/errors.js';
import { openTrees, subfolder } from '../../formats/class-folders.js';
import type { DataSource } from '../../source.js';

/**
 * `train/<class>/*` beside `test/<class>/*`, and `val` or `validation` where there is a third split. With
 * only `train` and `val`, `val` is what results are reported on, so it is the test set and validation is held
 * out of train, as for every other set.
 */
export function openImageFolder(dir: string): DataSource {
  const train = subfolder(dir, 'train');
  const test = subfolder(dir, 'test');
  const validation = subfolder(dir, 'validation') ?? subfolder(dir, 'val');
  if (train === null || (test === null && validation === null)) {
    throw badInput('E_DATA_LAYOUT', {
      what:
        train === null
          ? 'no folder train/ in the data folder'
          : 'the data folder has train/ but neither test/ nor val/ nor validation/',
      where: dir,
      try: 'lay it out as train/<class>/*.jpg and test/<class>/*.jpg (val/ or validation/ instead of test/ will do)',
    });
  }
  const source = openTrees({
    train,
    test: test ?? validation!,
    validation: test === null ? null : validation,
  });
  const notes = test === null ? [`test: the folder ${validation!}`] : [];
  return { ...source, notes: [...notes, ...source.notes] };
}
