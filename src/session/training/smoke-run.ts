import type { Experiment } from '../../config/schema.js';
import { onStandIn, smokeSizes, smokeVersion } from '../../config/smoke.js';
import { openSource } from '../../data/open-source.js';
import { firstFittingSize } from '../../models/first-fitting-size.js';
import { ExitCode, InvolveError } from '../../util/errors.js';

/**
 * The experiment shrunk to finish in about a minute, and what there is to tell about it: where its data is not on this
 * machine it takes the drawn scenes.
 */
export async function smokeRun(
  experiment: Experiment,
  cwd: string,
): Promise<{ experiment: Experiment; notes: string[] }> {
  const shrunk = smokeVersion(experiment, firstFittingSize(experiment.model, smokeSizes(experiment)));
  try {
    const { classes } = await openSource(shrunk.data, cwd);
    return { experiment: withEveryClass(shrunk, classes.length), notes: [] };
  } catch (error) {
    if (!(error instanceof InvolveError) || error.exitCode !== ExitCode.missing) throw error;
    const note = `the data of this config (${shrunk.data.name}) is not on this machine: the smoke run takes scenes`;
    return { experiment: { ...shrunk, data: onStandIn(shrunk.data) }, notes: [note] };
  }
}

// --- internal ---

/** With an image of each class to train on at least, where there are more classes than images of a smoke run. */
function withEveryClass(experiment: Experiment, classes: number): Experiment {
  const { data } = experiment;
  const train = Math.max(classes, data.limit.train ?? classes);
  return { ...experiment, data: { ...data, limit: { ...data.limit, train } } };
}
