import { join, resolve } from 'node:path';
import { loadExperiment, resolvedYaml } from '../../config/load.js';
import { onStandIn, smokeSizes, smokeVersion } from '../../config/smoke.js';
import type { Experiment } from '../../config/schema.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { openDataset, type Dataset } from '../../data/dataset.js';
import { openSource } from '../../data/open-source.js';
import { ExitCode, InvolveError, runFailed } from '../../util/errors.js';
import { shownPath } from '../../util/shown-path.js';
import { classCount } from '../../session/class-count.js';
import type { CommandContext, CommandOptions, CommandRun } from '../command.js';
import { interruptible } from '../../session/interruption.js';
import { costOf, totalLines } from '../../session/model-cost.js';
import { predictMemory } from '../../session/predicted-memory.js';
import { openTrainingRun } from '../../session/training-run.js';
import { showTraining } from '../render/training-display.js';

/** `involve train CONFIG`: one run, from a config to a run folder. */
export const run: CommandRun = async ([config], options, context) => {
  const { experiment, notes } = await experimentToRun(config, options, context);
  if (options.dryRun) return await dryRun(experiment, options, context);
  const display = showTraining(experiment, options, context);
  for (const note of notes) display.note(note);

  // Heavy modules are loaded only now, after every problem of the config has been told.
  const interruption = interruptible();
  const dir = resolve(context.cwd, (options.out as string | undefined) ?? defaultFolder(experiment));
  const shown = shownPath(context.cwd, dir);
  const folder = await openTrainingRun({ dir, shown, experiment, options });
  if (folder.kind === 'finished') {
    display.note(`${shown} is finished already: nothing to do`);
    return ExitCode.ok;
  }
  let dataset: Dataset | undefined;
  try {
    dataset = await openDataset(folder.experiment.data, {
      cwd: context.cwd,
      splits: ['train', 'validation'],
      onProgress: display.dataProgress,
    });
    for (const note of dataset.notes) display.note(note);
    return await trainOn(dataset, folder, display, interruption);
  } finally {
    await dataset?.close();
    await folder.close();
    interruption.end();
  }
};

type Folder = Extract<Awaited<ReturnType<typeof openTrainingRun>>, { kind: 'open' }>;
type Display = ReturnType<typeof showTraining>;
type Interruption = ReturnType<typeof interruptible>;

async function trainOn(
  dataset: Dataset,
  folder: Folder,
  display: Display,
  interruption: Interruption,
): Promise<ExitCode> {
  const { experiment } = folder;
  const { train: trainConfig, data, augment } = experiment;
  const [{ openEngine }, { memoryNote }, { designFor }, { train }] = await Promise.all([
    import('../../engine/engine.js'),
    import('../../session/memory-note.js'),
    import('../../tasks/classification/first-fitting-size.js'),
    import('../../train/trainer.js'),
  ]);
  const classes = dataset.classes.length;
  const net = designFor(experiment.model, data.inputSize, classes);
  const cost = costOf(net, experiment, classes, trainConfig.batchSize);
  const engine = await openEngine({ ...experiment.engine, ...folder.engine });
  engine.use();
  const session = await folder.begin({ engine, dataset, cost });
  display.begin({
    engine: engine.description,
    dataset,
    cost,
    dir: folder.shown,
    resumedAt: session.resume?.step,
  });

  for (const note of engine.notes ?? []) display.note(note);
  if (session.resume?.warning !== undefined) display.note(session.resume.warning);

  const stream = { batchSize: trainConfig.batchSize, seed: trainConfig.seed, augment };
  const trainStream = openBatchStream(dataset.train, { ...stream, training: true });
  const validationStream = openBatchStream(dataset.validation, { ...stream, training: false });
  try {
    const model = net.build(trainConfig.seed, experiment.name);
    const outcome = await train({
      engine,
      model,
      experiment,
      inputSize: data.inputSize,
      classes,
      train: trainStream,
      validation: validationStream,
      resume: session.resume,
      signal: interruption.signal,
      listener: async (event) => {
        await session.record(event);
        display.show(event);
        const note = event.type === 'plan' ? memoryNote(engine, net, trainConfig, event) : undefined;
        if (note !== undefined) display.note(note);
        // Gives signals a turn: a step is one long synchronous computation.
        await new Promise(setImmediate);
      },
    });
    if (outcome.kind === 'interrupted') {
      await session.interrupted(outcome, interruption.name ?? 'SIGINT');
      display.interrupted(folder.shown);
      return interruption.name === 'SIGTERM' ? ExitCode.terminated : ExitCode.interrupted;
    }
    if (outcome.kind === 'diverged') {
      await session.finish(outcome);
      throw diverged(outcome.divergence!, folder.shown);
    }
    const { scoreBest } = await import('../../session/score.js');
    const scored = await scoreBest(
      engine,
      folder.dir,
      model,
      validationStream,
      dataset.classes,
      data.inputSize,
    );
    const summary = await session.finish(outcome, scored);
    display.finish(summary, folder.shown);
    return ExitCode.ok;
  } finally {
    display.close();
    await Promise.all([trainStream.close(), validationStream.close()]);
  }
}

/** The experiment with everything the flags say, and what there is to tell about it. */
async function experimentToRun(
  config: string,
  options: CommandOptions,
  { cwd }: CommandContext,
): Promise<{ experiment: Experiment; notes: string[] }> {
  const set = [...((options.set as string[] | undefined) ?? [])];
  if (options.engine !== undefined) set.push(`engine.name=${String(options.engine)}`);
  if (options.device !== undefined) set.push(`engine.device=${String(options.device)}`);
  if (options.threads !== undefined) set.push(`engine.threads=${String(options.threads)}`);
  const { experiment, notes } = loadExperiment(config, {
    set,
    seed: options.seed as number | undefined,
    cwd,
  });
  if (!options.smoke) return { experiment, notes: [...notes] };
  const { firstFittingSize } = await import('../../tasks/classification/first-fitting-size.js');
  // How many classes there are makes no difference to what fits.
  const shrunk = smokeVersion(experiment, firstFittingSize(experiment.model, smokeSizes(experiment), 2));
  try {
    await openSource(shrunk.data, cwd);
    return { experiment: shrunk, notes: [...notes] };
  } catch (error) {
    if (!(error instanceof InvolveError) || error.exitCode !== ExitCode.missing) throw error;
    const note = `the data of this config (${shrunk.data.name}) is not on this machine: the smoke run takes scenes`;
    return { experiment: { ...shrunk, data: onStandIn(shrunk.data) }, notes: [...notes, note] };
  }
}

async function dryRun(
  experiment: Experiment,
  options: CommandOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { designFor } = await import('../../tasks/classification/first-fitting-size.js');
  const classes = await classCount(experiment, context.cwd);
  const net = designFor(experiment.model, experiment.data.inputSize, classes);
  const { batchSize } = experiment.train;
  const cost = costOf(net, experiment, classes, batchSize);
  const memory = await predictMemory(net, experiment, classes, batchSize);
  if (options.json) {
    const trainingMemoryBytes = memory?.bytes ?? null;
    context.print(JSON.stringify({ experiment, cost: { ...cost, trainingMemoryBytes, layers: undefined } }));
    return ExitCode.ok;
  }
  context.print(resolvedYaml(experiment).trimEnd());
  context.print('');
  for (const line of totalLines(experiment, cost, memory)) context.print(`# ${line}`);
  return ExitCode.ok;
}

function defaultFolder(experiment: Experiment): string {
  return join('runs', experiment.name, `seed-${experiment.train.seed}`);
}

function diverged(
  { step, epoch, layer }: { step: number; epoch: number; layer?: string },
  shown: string,
): Error {
  const where = layer === undefined ? 'the validation loss' : `layer ${layer}`;
  return runFailed('E_DIVERGED', {
    what: `the loss is not a finite number at step ${step + 1} (epoch ${epoch + 1}); first in ${where}`,
    where: shown,
    try: 'a lower train.optimizer.learningRate, a warm-up (train.schedule.warmUp), or train.clipNorm; the last good checkpoint is kept',
  });
}
