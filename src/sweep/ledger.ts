import { join } from 'node:path';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { LEDGER, type LedgerFile, type LedgerJob } from './ledger-file.js';
import type { SweepJob } from './plan.js';

/** The ledger of a sweep while one process works on it: every change is on the disk when `update` returns. */
export class Ledger {
  readonly #jobs: Map<string, LedgerJob>;
  #saving: Promise<void> = Promise.resolve();
  #isStale = false;

  constructor(
    private readonly dir: string,
    private readonly head: Omit<LedgerFile, 'jobs' | 'updated'>,
    jobs: readonly LedgerJob[],
  ) {
    this.#jobs = new Map(jobs.map((job) => [job.folder, job]));
  }

  get jobs(): readonly LedgerJob[] {
    return [...this.#jobs.values()];
  }

  of(job: Pick<SweepJob, 'id'>): LedgerJob {
    return this.#jobs.get(job.id)!;
  }

  /** Changes what is said of a job; `undefined` takes a field away. */
  async update(job: Pick<SweepJob, 'id'>, changes: Partial<LedgerJob>): Promise<void> {
    await this.updateAll([[job, changes]]);
  }

  async updateAll(changes: readonly (readonly [Pick<SweepJob, 'id'>, Partial<LedgerJob>])[]): Promise<void> {
    for (const [job, change] of changes) this.#jobs.set(job.id, { ...this.of(job), ...change });
    await this.save();
  }

  /** Writes the ledger; calls that come while it is being written share the next write. */
  async save(): Promise<void> {
    if (this.#isStale) return this.#saving;
    this.#isStale = true;
    this.#saving = this.#saving
      .catch(() => undefined)
      .then(() => {
        this.#isStale = false;
        const file: LedgerFile = { ...this.head, updated: new Date().toISOString(), jobs: this.jobs };
        return writeFileAtomic(join(this.dir, LEDGER), `${JSON.stringify(file, null, 2)}\n`);
      });
    return this.#saving;
  }
}
