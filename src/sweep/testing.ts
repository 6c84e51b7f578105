import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolvedYaml } from '../config/load.js';
import { ConfigFolder, MINIMAL } from '../config/testing.js';
import type { RunSummary } from '../runs/record/summary.js';
import { summaryOf } from '../runs/record/testing.js';
import { InvolveError } from '../util/errors.js';
import type { SweepEvent } from './events.js';
import type { LaunchOptions } from './launcher.js';
import { planSweep, type PlanOptions, type SweepJob, type SweepPlan } from './plan.js';

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

/** Leaves what a run of the job would: with an outcome one that has ended, without one that was cut off. */
export function pretendRun(job: SweepJob, outcome?: RunSummary['outcome']): void {
  mkdirSync(job.dir, { recursive: true });
  writeFileSync(join(job.dir, 'config.yaml'), resolvedYaml(job.experiment));
  if (outcome) writeFileSync(join(job.dir, 'summary.json'), JSON.stringify(summaryOf({ outcome })));
}

/** What a launcher is given beside the plan and the ledger; the test may stop it, and sees what happens. */
export class TestLaunch implements Pick<LaunchOptions, 'stop' | 'listener'> {
  readonly #controller = new AbortController();
  #name: 'SIGINT' | 'SIGTERM' | undefined;
  readonly events: SweepEvent[] = [];
  /** Sees every event after it was recorded. */
  onEvent: (event: SweepEvent) => void = () => undefined;
  readonly listener = (event: SweepEvent): void => {
    this.events.push(event);
    this.onEvent(event);
  };
  readonly stop: LaunchOptions['stop'];

  constructor() {
    const name = (): 'SIGINT' | 'SIGTERM' | undefined => this.#name;
    this.stop = {
      signal: this.#controller.signal,
      get name() {
        return name();
      },
    };
  }

  abort(name: 'SIGINT' | 'SIGTERM'): void {
    this.#name = name;
    this.#controller.abort();
  }

  /** What happened to whom, but for progress. */
  get told(): string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'end') return [`${event.job.id} ${event.entry.state}`];
      if (event.type === 'submit') return [`submit ${event.jobs.map(({ id }) => id).join(' ')}`];
      return 'job' in event && event.type !== 'progress' ? [`${event.job.id} ${event.type}`] : [];
    });
  }
}
