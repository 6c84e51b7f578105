import { resolve } from 'node:path';
import { badInput, ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { classes, INPUT_SIZES, json, set } from '../config-flags.js';
import { count, flag, imageSize } from '../flags.js';
import { one } from '../operands.js';

/** `involve summary CONFIG|RUN|SWEEP`: every layer's shape, parameters, multiply-adds and memory; fills no weights. */
export const summary = command({
  name: 'summary',
  description: 'shapes, parameters, multiply-adds and memory, layer by layer; trains nothing',
  operands: {
    configRunOrSweep: one('config file, run folder, or sweep file (one line a variant)', {
      paths: ['config', 'run'],
    }),
  },
  flags: {
    set,
    input: imageSize(
      `height and width of the images; others than square ones of up to ${INPUT_SIZES.to} are counted only`,
      { from: INPUT_SIZES.from, to: 4096 },
    ),
    batch: count('n', 'batch size for the memory of training', { from: 1 }),
    classes,
    schedule: flag('the learning rate of every step instead'),
    workers: count('n', 'what adding up gradients between so many workers takes', { from: 2, to: 64 }),
    stepMs: count(
      'n',
      'with --workers: milliseconds of a step on one worker, as bench --mode train tells them',
      {
        from: 1,
      },
    ),
    images: count('n', 'with --schedule: training images (default: those of the data)', { from: 1 }),
    json,
  },
  example: 'involve summary configs/exp3.json --input 224 --classes 1000',
  async run({ configRunOrSweep: target }, { input, ...others }, { print, note, cwd }) {
    // What a config can have too. Any other size is only counted, and is none of the config's.
    const trained = typeof input === 'number' && input <= INPUT_SIZES.to ? input : undefined;
    const flags = { ...others, input: trained };
    const { configOfRun } = await import('../../session/config-of-run.js');
    const file = await configOfRun(target, cwd);
    const { isSweep } = await import('../../sweep/read-sweep-file.js');
    const options = { cwd, classes: flags.classes, classesFlag: '--classes N', batch: flags.batch };
    if (isSweep(resolve(cwd, file))) {
      if (flags.schedule) {
        throw badInput('E_ARGUMENT', {
          what: '--schedule is of one config, and this is a sweep',
          where: file,
          try: 'the config that the sweep names as base',
        });
      }
      if (input !== trained) {
        const kind = typeof input === 'number' ? `more than ${INPUT_SIZES.to}` : 'a height and a width';
        throw badInput('E_ARGUMENT', {
          what: `--input of ${kind} is of one config, and this is a sweep`,
          where: file,
          try: `one number up to ${INPUT_SIZES.to}, or the config that the sweep names as base`,
        });
      }
      if (flags.workers !== undefined) {
        throw badInput('E_ARGUMENT', {
          what: '--workers is of one config, and this is a sweep',
          where: file,
          try: 'the config that the sweep names as base',
        });
      }
      const { costOfSweep } = await import('../../session/cost/sweep-cost.js');
      const costs = await costOfSweep(file, flags, options);
      if (flags.json) print(JSON.stringify({ sweep: costs.sweep, jobs: costs.jobs }));
      else {
        const { sweepCostLines } = await import('../render/sweep-cost-lines.js');
        for (const line of sweepCostLines(costs)) print(line);
      }
      return ExitCode.ok;
    }
    if (flags.stepMs !== undefined && flags.workers === undefined) {
      throw badInput('E_ARGUMENT', {
        what: '--step-ms is shared out among workers, and no number of them is given',
        where: '--step-ms',
        try: '--workers 2 beside it',
      });
    }
    const { loadConfig } = await import('../../session/load-config.js');
    const experiment = loadConfig(file, { set: flags.set, input: trained }, cwd, (text) =>
      note(`note: ${text}`),
    );
    if (flags.schedule) {
      const { scheduleOf } = await import('../../session/cost/schedule-of.js');
      const { scheduleJson, scheduleLines } = await import('../render/schedule-lines.js');
      const schedule = await scheduleOf(experiment, { cwd, images: flags.images });
      if (flags.json) print(JSON.stringify(scheduleJson(schedule)));
      else for (const line of scheduleLines(schedule)) print(line);
      return ExitCode.ok;
    }
    const { costOfNetwork } = await import('../../session/cost/network-cost.js');
    const { cost, memory } = await costOfNetwork(experiment, { ...options, size: input });
    const { exchangeCost } = await import('../../session/cost/exchange-cost.js');
    const exchange =
      flags.workers === undefined
        ? undefined
        : exchangeCost(cost.params.trainable, flags.workers, flags.stepMs ?? null);
    if (flags.json) {
      const { memoryJson } = await import('../render/cost-lines.js');
      const { name } = experiment;
      print(JSON.stringify({ name, ...cost, ...memoryJson(memory), ...(exchange && { exchange }) }));
    } else {
      const { exchangeLines, summaryLines } = await import('../render/cost-lines.js');
      for (const line of summaryLines(experiment, cost, memory)) print(line);
      for (const line of exchangeLines(exchange)) print(line);
    }
    return ExitCode.ok;
  },
});
