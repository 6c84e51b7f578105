import { join, resolve } from 'node:path';
import { badInput, ExitCode } from '../../util/errors.js';
import { interruptible } from '../../util/interruption.js';
import { refuseUnwritable } from '../../util/writing/refuse-unwritable.js';
import { shownPath } from '../../util/shown-path.js';
import { command } from '../command.js';
import { anyFolder } from '../completes.js';
import { device, engine, json, set, threads } from '../config-flags.js';
import { count, positive, text } from '../flags.js';
import { config } from '../operands.js';
import { showProgress } from '../render/data-progress.js';

/** `involve lr-find CONFIG`: trains for a moment at growing learning rates, and says which one to try. */
export const lrFind = command({
  name: 'lr-find',
  description: 'learning-rate range test: a short training at growing rates, and the rate it suggests',
  operands: { config },
  flags: {
    set,
    seed: count('n', 'seed, in the place of train.seed', { from: 0 }),
    out: text('dir', 'folder of table and picture (default: runs/<name>/lr-find)', anyFolder),
    steps: count('n', 'steps from the lowest rate to the highest', { from: 10, default: 100 }),
    from: positive('rate', 'lowest rate', 1e-6),
    to: positive('rate', 'highest rate', 10),
    engine,
    device,
    threads,
    json,
  },
  example: 'involve lr-find configs/quickstart.json --steps 60',
  async run({ config }, flags, context) {
    const { cwd, print, note } = context;
    const { steps, from, to } = flags;
    if (from >= to) {
      throw badInput('E_ARGUMENT', {
        what: `--from must be below --to, received ${from} and ${to}`,
        try: '--from 1e-6 --to 10',
      });
    }
    const { loadConfig } = await import('../../session/load-config.js');
    const experiment = loadConfig(config, flags, cwd, (text) => note(`note: ${text}`));
    const { findLearningRate, writeRangeTest } = await import('../../session/find-learning-rate.js');
    const { name, train } = experiment;
    const dir = resolve(cwd, flags.out ?? join('runs', name, 'lr-find'));
    const shown = shownPath(cwd, dir);
    refuseUnwritable(dir);
    const interruption = interruptible();
    const progress = await showProgress('steps', context);
    try {
      const found = await findLearningRate(experiment, {
        cwd,
        steps,
        from,
        to,
        signal: interruption.signal,
        onStep: (done, total) => progress.update(done, total),
        onNote: (text) => note(`note: ${text}`),
        onEngine: (description) => note(`engine: ${description}`),
      }).finally(() => progress.stop());
      if (found.test.end === 'interrupted') return interruption.exitCode!;
      if (flags.json) {
        const { points, end } = found.test;
        const { name: optimizer, learningRate: configured } = train.optimizer;
        const suggestion = found.suggestion?.learningRate ?? null;
        print(JSON.stringify({ name, optimizer, configured, suggestion, end, dir: shown, points }));
      } else {
        const { rangeTestLines } = await import('../render/range-test-lines.js');
        for (const line of rangeTestLines(experiment, found)) print(line);
      }
      // Last: what is printed is not lost where this fails.
      const files = await writeRangeTest(dir, name, found);
      note(`wrote ${files.map((file) => join(shown, file)).join(', ')}`);
      return ExitCode.ok;
    } finally {
      interruption.end();
    }
  },
});
