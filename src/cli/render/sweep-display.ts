import cliProgress from 'cli-progress';
import { keyOf } from '../../metrics/metric.js';
import { valueWithUnit } from '../../metrics/metric-text.js';
import { SWEEP_LINES_VERSION, sweepLine, type SweepLine } from '../../runs/record/sweep-lines.js';
import { NO_PROGRESS, type JobProgress, type SweepEvent, type SweepListener } from '../../sweep/events.js';
import type { RunOutcome } from '../../sweep/outcome.js';
import type { SweepJob, SweepPlan } from '../../sweep/plan.js';
import { clock, NOTHING } from '../../util/number-text.js';
import type { CommandContext } from '../command.js';

/** Shows a sweep to whoever started it. */
export interface SweepDisplay {
  readonly show: SweepListener;
  close(): void;
}

/** `--json`: a line of JSON for every event; in a terminal a bar for each job that runs; elsewhere lines. */
export function showSweep(
  plan: SweepPlan,
  { json }: { readonly json?: boolean },
  context: CommandContext,
): SweepDisplay {
  if (json) {
    const newEpoch = epochFilter();
    return {
      show: (event) => {
        if (newEpoch(event)) context.print(sweepLine(lineOf(event)));
      },
      close: () => undefined,
    };
  }
  return new TextDisplay(plan, context);
}

// --- internal ---

/** Passes everything but progress within an epoch. */
function epochFilter(): (event: SweepEvent) => boolean {
  const shown = new Map<string, number | null>();
  return (event) => {
    if (event.type !== 'progress') return true;
    const { job, progress } = event;
    if (progress.validation === null || shown.get(job.id) === progress.epoch) return false;
    shown.set(job.id, progress.epoch);
    return true;
  };
}

function lineOf(event: SweepEvent): SweepLine {
  switch (event.type) {
    case 'begin':
      return { ...event, version: SWEEP_LINES_VERSION };
    case 'submit':
      return { ...event, jobs: event.jobs.map(({ id }) => id) };
    case 'end': {
      const { state, attempts, failure } = event.entry;
      const { best, final } = event.outcome?.summary ?? {};
      return { type: 'end', job: event.job.id, state, attempts, failure, best, final };
    }
    case 'progress': {
      const { epoch, step, training, validation, measured } = event.progress;
      return {
        type: 'progress',
        job: event.job.id,
        epoch,
        step,
        [measured.train[0].name]: training,
        [keyOf('val', measured.primary)]: validation,
      };
    }
    default:
      return { ...event, job: event.job.id };
  }
}

class TextDisplay implements SweepDisplay {
  readonly #newEpoch = epochFilter();
  /** The jobs that run, and how far each is. */
  readonly #running = new Map<string, { readonly job: SweepJob; progress: JobProgress }>();
  readonly #bars = new Map<string, cliProgress.SingleBar>();
  #multi: cliProgress.MultiBar | undefined;
  #done = 0;

  constructor(
    private readonly plan: SweepPlan,
    private readonly context: CommandContext,
  ) {}

  readonly show = (event: SweepEvent): void => {
    const { name, shown, jobs } = this.plan;
    switch (event.type) {
      case 'begin': {
        this.#done = event.total - event.open;
        const before = this.#done > 0 ? `, ${this.#done} done already` : '';
        this.#line(`sweep ${name}: ${event.total} jobs${before}; ${shown}`);
        break;
      }
      case 'wait':
        this.#line(
          `${title(event.job)}: process ${event.pid} of an earlier call still writes to it; waiting`,
        );
        break;
      case 'submit':
        this.#line(`Slurm has ${event.jobs.length} jobs as array ${event.array} (${event.script})`);
        break;
      case 'start':
        this.#line(`${title(event.job)}: ${event.resumed ? 'goes on' : 'starts'}, ${event.by}`);
        this.#running.set(event.job.id, { job: event.job, progress: NO_PROGRESS });
        this.#drawBars();
        break;
      case 'progress':
        this.#progress(event.job, event.progress, this.#newEpoch(event));
        break;
      case 'requeue':
        this.#running.delete(event.job.id);
        this.#line(`${title(event.job)}: ${event.reason}; tried again (${event.attempt})`);
        break;
      case 'end':
        this.#running.delete(event.job.id);
        this.#end(event, jobs.length);
        break;
    }
  };

  close(): void {
    this.#multi?.stop();
    this.#multi = undefined;
    this.#bars.clear();
  }

  #progress(job: SweepJob, progress: JobProgress, isNewEpoch: boolean): void {
    const running = this.#running.get(job.id);
    if (running !== undefined) running.progress = progress;
    const bar = this.#bars.get(job.id);
    if (bar !== undefined) bar.update(progress.epoch, barTexts(progress));
    else if (isNewEpoch && !this.context.interactive) {
      const of = job.experiment.train.epochs === null ? '' : `/${job.experiment.train.epochs}`;
      this.#line(`${title(job)}: epoch ${progress.epoch}${of}, validation ${barTexts(progress).validation}`);
    }
  }

  #end({ job, entry, outcome }: Extract<SweepEvent, { type: 'end' }>, total: number): void {
    if (entry.state === 'done') {
      this.#done++;
      const best = outcome?.summary.best ? `, best validation ${bestText(outcome)}` : '';
      const time = outcome ? `, ${clock(outcome.summary.seconds)}` : '';
      this.#line(`${title(job)}: done${best}${time} (${this.#done} of ${total})`);
    } else if (entry.state === 'failed' && entry.failure) {
      const { exitCode, signal, reason, stderr } = entry.failure;
      this.#line(`${title(job)}: failed (${reason ?? (signal === null ? `exit code ${exitCode}` : signal)})`);
      for (const line of stderr) this.#line(`  ${line}`);
    } else {
      this.#line(`${title(job)}: stopped, its state is saved`);
    }
  }

  /** A line above the bars: they are taken away, and drawn again below it. */
  #line(text: string): void {
    this.close();
    this.context.note(text);
    this.#drawBars();
  }

  #drawBars(): void {
    this.close();
    if (!this.context.interactive || this.#running.size === 0) return;
    this.#multi = new cliProgress.MultiBar(
      {
        format: '{job} {bar} {value}/{total} epochs | {training} | {validation}',
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
        stream: process.stderr,
        barsize: 24,
      },
      cliProgress.Presets.shades_classic,
    );
    const width = Math.max(...this.plan.jobs.map((job) => title(job).length));
    for (const [id, { job, progress }] of this.#running) {
      const payload = { job: title(job).padEnd(width), ...barTexts(progress) };
      this.#bars.set(id, this.#multi.create(job.experiment.train.epochs ?? 0, progress.epoch, payload));
    }
  }
}

/** `loss 0.6931` and `accuracy 81.4 %`, in the words of what is measured. */
function barTexts({ training, validation, measured }: JobProgress): {
  training: string;
  validation: string;
} {
  const [objective] = measured.train;
  const { primary } = measured;
  return {
    training: `${objective.title} ${training?.toFixed(4) ?? NOTHING}`,
    validation: `${primary.title} ${valueWithUnit(primary, validation)}`,
  };
}

function bestText({ summary, measured: { primary } }: RunOutcome): string {
  return `${primary.title} ${valueWithUnit(primary, summary.best?.[keyOf('val', primary)])}`;
}

function title({ name, seed }: SweepJob): string {
  return `${name} seed ${seed}`;
}
