import type { ExportedRun } from '../../session/export-run.js';
import { fourDigits, roundMegabytes } from '../../util/number-text.js';

/** What was written, and how near it is to the run. */
export function exportLines({ path, bytes, checkpoint, epoch, check }: ExportedRun): string[] {
  const wrote = `wrote ${path} (${roundMegabytes(bytes)}), ${checkpoint} checkpoint (epoch ${epoch})`;
  if (check === null) return [wrote, 'nobody has read it: --check was 0'];
  const { images, answers, sameTop1, largestDifference, largestLogit, reader, engine } = check;
  const same = answers === images ? sameTop1 : `${sameTop1} of ${answers} pixels`;
  return [
    wrote,
    `read by ${reader}, beside ${engine}: ${images} images of test, the same class for ${same}`,
    `largest difference of logits ${largestDifference.toExponential(1)}, largest logit ${fourDigits(largestLogit)}`,
  ];
}
