import { loadExperiment } from '../../config/load.js';
import type { Experiment } from '../../config/schema.js';
import { designFor } from '../../tasks/classification/first-fitting-size.js';
import { isRun } from '../../runs/run-folder.js';
import { runPaths } from '../../runs/run-paths.js';
import { isSweep } from '../../sweep/read-sweep-file.js';
import { ExitCode } from '../../util/errors.js';
import { resolve } from 'node:path';
import { classCount } from '../../session/class-count.js';
import type { CommandRun } from '../command.js';
import { costOf, grouped, totalLines, type ModelCost } from '../../session/model-cost.js';
import { predictMemory, type PredictedMemory } from '../../session/predicted-memory.js';
import { textTable } from '../render/text-table.js';

/** `involve summary CONFIG|RUN|SWEEP`: every layer's shape, parameters, multiply-adds and memory; fills no weights. */
export const run: CommandRun = async ([target], options, context) => {
  const { print, cwd } = context;
  const file = (await isRun(resolve(cwd, target))) ? runPaths(target).config : target;
  const overrides = [...((options.set as string[] | undefined) ?? [])];
  if (options.input !== undefined) overrides.push(`data.inputSize=${String(options.input)}`);
  if (isSweep(resolve(cwd, file)))
    return (await import('../render/sweep-summary.js')).summarizeSweep(file, overrides, options, context);
  const { experiment, notes } = loadExperiment(file, { set: overrides, cwd });
  if (file === target) for (const line of notes) context.note(line);
  if (options.schedule)
    return (await import('../render/schedule-summary.js')).summarizeSchedule(experiment, options, context);
  const classes = (options.classes as number | undefined) ?? (await classCount(experiment, cwd));
  const batch = (options.batch as number | undefined) ?? experiment.train.batchSize;
  const net = designFor(experiment.model, experiment.data.inputSize, classes);
  const cost = costOf(net, experiment, classes, batch);
  const memory = await predictMemory(net, experiment, classes, batch);
  if (options.json) {
    const trainingMemoryBytes = memory?.bytes ?? null;
    print(JSON.stringify({ name: experiment.name, ...cost, trainingMemoryBytes, trainingMemory: memory }));
  } else for (const line of summaryLines(experiment, cost, memory)) print(line);
  return ExitCode.ok;
};

// --- internal ---

function summaryLines(
  experiment: Experiment,
  cost: ModelCost,
  memory: PredictedMemory | undefined,
): string[] {
  const rows = cost.layers.map((layer) => [
    layer.name,
    layer.outputShape.join('×'),
    grouped(layer.parameters),
    grouped(layer.macs),
    grouped(layer.activationBytes),
  ]);
  const head = ['layer', 'output', 'parameters', 'multiply-adds', 'activation bytes'];
  return [
    `${experiment.name}: input ${cost.input.join('×')}, ${cost.classes} classes`,
    '',
    ...textTable(head, rows, 2),
    '',
    ...totalLines(experiment, cost, memory),
  ];
}
