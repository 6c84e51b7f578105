import { openSource } from '../data/open-source.js';
import type { SweepJob, SweepPlan } from '../sweep/plan.js';
import { refuseLimit } from './cost/refuse-limit.js';
import { badInput, InvolveError, type Problem } from '../util/errors.js';

/**
 * Designs the network of every job, so that what the schema cannot see (groups that do not divide the
 * channels) is told before the first of them trains.
 */
export async function checkSweepModels(plan: SweepPlan): Promise<void> {
  const { designFitting } = await import('../models/first-fitting-size.js');
  const { refuseOtherSizes } = await import('./other-sizes.js');
  const problems: Problem[] = [];
  for (const { name, experiment } of differentJobs(plan, ({ name }) => name)) {
    try {
      designFitting(experiment.model, experiment.data.inputSize);
      refuseOtherSizes(experiment);
      refuseLimit(experiment);
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      problems.push(...error.problems.map((each) => ({ ...each, what: `job ${name}: ${each.what}` })));
    }
  }
  if (problems.length > 0) throw badInput('E_SWEEP_INVALID', problems);
}

/** Looks whether the data of every job is on this machine; where it is not, the ways to go on (exit code 3). */
export async function checkSweepData(plan: SweepPlan): Promise<void> {
  const jobs = differentJobs(plan, ({ experiment }) =>
    JSON.stringify([experiment.data.name, experiment.data.dir]),
  );
  for (const { experiment } of jobs) await openSource(experiment.data, plan.cwd);
}

/** One job of each kind. */
function differentJobs(plan: SweepPlan, kindOf: (job: SweepJob) => string): SweepJob[] {
  return [...new Map(plan.jobs.map((job) => [kindOf(job), job])).values()];
}
