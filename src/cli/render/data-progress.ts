import type { CommandContext } from '../command.js';

export interface Progress {
  /** `total` is null where it is not known. */
  update(done: number, total: number | null): void;
  stop(): void;
}

/** A bar in a terminal; elsewhere a line for every tenth. */
export async function showProgress(
  label: string,
  { interactive, note }: CommandContext,
  form: (value: number) => string = (value) => value.toLocaleString('en-US'),
): Promise<Progress> {
  if (!interactive) return new ProgressLines(label, note, form);
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: `${label} {bar} {done} of {all}`,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  let started = false;
  return {
    update(done, total) {
      const shown = { done: form(done), all: total === null ? '?' : form(total) };
      // Of an unknown whole the bar stays empty: the numbers tell. It may become known later.
      const [part, whole] = total === null ? [0, 1] : [done, total];
      if (started) {
        bar.setTotal(whole);
        bar.update(part, shown);
      } else {
        bar.start(whole, part, shown);
      }
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

class ProgressLines implements Progress {
  #shown = -1;

  constructor(
    private readonly label: string,
    private readonly note: (line: string) => void,
    private readonly form: (value: number) => string,
  ) {}

  update(done: number, total: number | null): void {
    const tenth = total === null || total === 0 ? 0 : Math.floor((10 * done) / total);
    if (tenth === this.#shown) return;
    this.#shown = tenth;
    this.note(`${this.label}: ${this.form(done)}${total === null ? '' : ` of ${this.form(total)}`}`);
  }

  stop(): void {
    // Lines need no end.
  }
}
