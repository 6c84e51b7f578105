import { ConfigFolder, MINIMAL } from '../config/testing.js';
import { InvolveError } from '../util/errors.js';
import { planSweep, type PlanOptions, type SweepPlan } from './plan.js';

/** A folder with the config `base.json` and sweeps for one test. */
export class SweepFolder extends ConfigFolder {
  constructor() {
    super();
    this.write('base.json', { ...MINIMAL, name: 'base' });
  }

  plan(sweep: object | string, options: Partial<PlanOptions> = {}): SweepPlan {
    this.write('s.yaml', sweep);
    return planSweep('s.yaml', { cwd: this.path, ...options });
  }

  /** `what`, `where` and `try` of every problem, a line each. */
  problems(sweep: object | string, options: Partial<PlanOptions> = {}): string[] {
    try {
      this.plan(sweep, options);
    } catch (error) {
      if (error instanceof InvolveError) {
        return error.problems.map((each) => [each.what, each.where, each.try].filter(Boolean).join(' | '));
      }
      throw error;
    }
    throw new Error('the sweep was expected to have problems');
  }
}
