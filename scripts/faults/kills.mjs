// kill -9, and the signals that ask to save: at random moments and at chosen file operations. A resume must end with the
// bytes of a run that was never stopped.
import { draw, operationsOf } from './operations.mjs';
import { resumed } from './workspace.mjs';

export const kills = {
  name: 'kills',
  async run(work, times, random) {
    await work.train('straight');
    const straight = work.result('straight');
    const operations = await operationsOf(work, (options) => work.train('counted', [], options));
    // Signals are answered from where a run has its folder on; before there is nothing to save.
    const lockOf = (out) => `${out}/run.lock`;
    const { ranMs } = await work.train('timed', [], { from: lockOf('timed') });
    const outcomes = { moment: [], operation: [], twice: [], signal: [] };
    for (let n = 0; n < times; n++) {
      await work.train(`moment-${n}`, [], {
        killAfterMs: random.uniform() * ranMs,
        from: lockOf(`moment-${n}`),
      });
      outcomes.moment.push(await resumed(work, `moment-${n}`, straight));

      await work.train(`operation-${n}`, [], { fault: `KILL@${draw(operations, random)}` });
      outcomes.operation.push(await resumed(work, `operation-${n}`, straight));

      await work.train(`twice-${n}`, [], { fault: `KILL@${draw(operations, random)}` });
      await work.train(`twice-${n}`, ['--resume'], { fault: `KILL@${1 + random.integer(300)}` });
      outcomes.twice.push(await resumed(work, `twice-${n}`, straight));

      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
      const signal = signals[n % signals.length];
      const told = await work.train(`signal-${n}`, [], {
        killAfterMs: ranMs * 0.9 * random.uniform(),
        from: lockOf(`signal-${n}`),
        signal,
      });
      const code = signal === 'SIGINT' ? 130 : 143;
      const wasSaved = told.code === code || told.code === 0;
      outcomes.signal.push(
        wasSaved
          ? await resumed(work, `signal-${n}`, straight)
          : `${signal} ends with ${told.code ?? told.signal}`,
      );
    }
    return [
      { fault: 'kill -9 at a random moment', outcomes: outcomes.moment },
      { fault: `kill -9 at a file operation (of ${operations.length})`, outcomes: outcomes.operation },
      { fault: 'kill -9 at a file operation, and again while it is resumed', outcomes: outcomes.twice },
      { fault: 'SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 at a random moment', outcomes: outcomes.signal },
    ].map((row) => ({
      ...row,
      expected: 'the resumed run ends with the bytes of one that was never stopped',
    }));
  },
};
