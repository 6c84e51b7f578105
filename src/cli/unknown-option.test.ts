import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyExperiment, Workspace } from './command-line.testing.js';
import { runHere, type Result } from './in-process.testing.js';

const work = new Workspace();
beforeAll(() => {
  work.write('tiny.json', tinyExperiment());
});
afterAll(() => work.remove());

const involve = (...argv: string[]): Promise<Result> => runHere(work.dir, argv);

/** The words that a shell makes of a text. */
const words = (text: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');

const dry = ['train', 'tiny.json', '--dry-run', '--engine', 'reference'];

/** What is advised for flags of other tools; where VALUE stands in it, what somebody writes there. */
const ADVICE: [typed: string, advice: string, value?: string][] = [
  // A part of the config: what it is called, or where it lies.
  ['--data ./my/images', '--set data.dir=./my/images'],
  ["--data '/my images'", "--set data.dir='/my images'"],
  ['--data scenes', '--set data.name=scenes'],
  ['--dataset scnes', '--set data.name=scenes'],
  ['--dataset', '--set data.name=VALUE, one of "intel"', 'scenes'],
  ['--train-data x', '--set data.dir=x'],
  // What computes.
  ['--gpu 0', '--set engine.device=cuda'],
  ['--gpus=-1', '--set engine.device=cpu'],
  ['--cuda', '--set engine.device=cuda'],
  ['--cpu', '--set engine.device=cpu'],
  ['--no-cuda', '--set engine.device=cpu'],
  ['--accelerator gpu', '--set engine.device=cuda'],
  ['--backend nccl', '--set engine.name=VALUE, one of "auto"', 'wasm'],
  ['--amp', '--set engine.mixedPrecision=true'],
  ['--fp16 0', '--set engine.mixedPrecision=false'],
  ['--precision 16', '--set engine.mixedPrecision=VALUE, true or false', 'true'],
  ['--num-threads 4', '--set engine.threads=4'],
  ['--num-threads none', '--set engine.threads=null'],
  // Times.
  ['--warmup-epochs 3', '--set train.schedule.warmUp.epochs=3'],
  ['--warmup-steps 5', '--set train.schedule.warmUp.steps=5'],
  ['--warmup 3', '--set train.schedule.warmUp.epochs=3 or --set train.schedule.warmUp.steps=3'],
  ['--warmup 0', '--set train.schedule.warmUp=null'],
  [
    '--warmup-ratio 0.1',
    '--set train.schedule.warmUp=VALUE, { epochs: a number above 0 }',
    "'{ epochs: 1 }'",
  ],
  ['--save-every 5', '--set checkpoint.every.epochs=5'],
  ['--save-steps 500', '--set checkpoint.every.steps=500'],
  ['--save-freq', '--set checkpoint.every.epochs=VALUE, a number above 0', '2'],
  ['--print-freq 20', '--set log.every.steps=20'],
  // One of several things, each with keys of its own.
  ['--optimizer sgd', '--set train.optimizer.name=sgd'],
  ['--opt AdamW', '--set train.optimizer.name=adamw'],
  ['--optimizer quicksilver', '--set train.optimizer.name=VALUE, one of "adam"', 'lion'],
  ['--schedule cosine', '--set train.schedule.name=cosine'],
  ['--lr-scheduler CosineAnnealingLR', '--set train.schedule.name=cosine'],
  [
    '--schedule step',
    '--set train.schedule.name=step --set train.schedule.at=VALUE, a list, each item { epochs: a number above 0 }',
    "'[{ epochs: 1 }]'",
  ],
  [
    '--sched inverse_sqrt',
    '--set train.schedule.name=inverse-sqrt --set train.schedule.timescale.epochs=VALUE, a number above 0',
    '1',
  ],
  ['--model resnet', '--set model.family=resnet'],
  ['--arch', '--set model.family=VALUE, one of "efficientnet"', 'resnet'],
  ['--aa randaugment', '--set augment.policy.name=rand-augment'],
  // What can be off, by its first key.
  ['--mixup 0.2', '--set augment.mixup.alpha=0.2'],
  ['--mixup', '--set augment.mixup.alpha=VALUE, a number above 0', '0.4'],
  ['--mixup 0', '--set augment.mixup=null'],
  ['--rotate 15', '--set augment.rotation.degrees=15'],
  ['--early-stopping 5', '--set train.until.patience=5'],
  // True, or not.
  ['--hflip', '--set augment.flip=true'],
  ['--hflip off', '--set augment.flip=false'],
  ['--hflip 0.5', '--set augment.flip=VALUE, true or false or "alternating"', 'true'],
  ['--tensorboard', '--set log.tensorboard=true'],
  // Lists.
  ['--remove-stages 7,8', "--set model.removeStages='[7, 8]'"],
  ['--random-scale 0.5,2', "--set augment.randomScale='[0.5, 2]'"],
  // Numbers and words.
  ['--lr abc', '--set train.optimizer.learningRate=VALUE, a number above 0', '0.1'],
  ['--epochs 0', '--set train.epochs=VALUE, a whole number above 0', '2'],
  ['--img-size 2048', '--set data.inputSize=VALUE, a whole number from 8 to 1024', '64'],
  ['--monitor val_acc', '--set checkpoint.best=val_top1'],
  // Weights of others.
  [
    '--pretrained',
    '--set train.from=VALUE, weights to start from: a safetensors file, one of Keras, or the folder of a run',
    'null',
  ],
  ['--pretrained true', '--set train.from=VALUE, weights to start from', 'null'],
  ['--pretrained no', '--set train.from=null'],
];

describe('a flag of another tool', () => {
  it.each(ADVICE)('%s is %s', async (...[typed, advice, value]) => {
    const refused = await involve(...dry, ...words(typed));
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(`\n  try: ${advice}`)]);
    const filled = value === undefined ? advice : advice.replace(/, .*/, '').replaceAll('VALUE', value);
    for (const set of filled.split(' or ')) {
      const taken = await involve(...dry, ...words(set));
      expect([set, taken]).toEqual([
        set,
        { code: 0, out: expect.anything() as string, err: expect.anything() as string },
      ]);
    }
  });

  it('of a list of times is a list of either unit', async () => {
    const steps = ['--set', 'train.schedule.name=step'];
    const { err: notes } = await involve(...dry, '--milestones', '1,2');
    const [, ...offered] = /try: (--set \S+='.*') or (--set .*)$/m.exec(notes)!;
    expect(offered).toEqual([
      "--set train.schedule.at='[{ epochs: 1 }, { epochs: 2 }]'",
      "--set train.schedule.at='[{ steps: 1 }, { steps: 2 }]'",
    ]);
    for (const set of offered) expect((await involve(...dry, ...steps, ...words(set))).code).toBe(0);
  });

  it('that a command has by another name is that one, not a key of the config', async () => {
    for (const typed of ['--steps', '--iters', '--repeats', '--runs'])
      expect(await involve('bench', 'tiny.json', typed, '10')).toMatchObject({
        code: 2,
        err: expect.stringContaining('\n  try: did you mean "--trials"?') as string,
      });
    expect((await involve(...dry, '--steps', '10')).err).toContain('\n  try: --set train.steps=10');
  });

  it('of what only masks have is its first key', async () => {
    const masks = [...dry, '--set', 'data.name=scene-masks'];
    const { err: notes } = await involve(...masks, '--ohem');
    expect(notes).toContain('\n  try: --set train.onlineHardPixels.minKept=VALUE, a whole number above 0');
    expect(await involve(...masks, '--set', 'train.onlineHardPixels.minKept=4')).toMatchObject({ code: 0 });
  });

  it('of weights is a file or a run', async () => {
    expect((await involve(...dry, '--finetune', 'runs/a b')).err).toContain(
      "\n  try: --set train.from='runs/a b'",
    );
  });

  it('that says too little is answered by the help', async () => {
    for (const typed of ['--augment imagenet', '--log 3', '--checkpoint foo', '--train 3'])
      expect((await involve(...dry, ...words(typed))).err, typed).toContain('\n  try: involve train --help');
  });

  it('does not take the config for its value', async () => {
    const advice = async (...argv: string[]): Promise<string> =>
      /try: (.*)$/m.exec((await involve(...argv)).err)![1];
    expect(await advice('train', '--pretrained', 'tiny.json')).toMatch(/^--set train\.from=VALUE, /);
    expect(await advice('train', '--amp', 'tiny.json', '--dry-run')).toBe('--set engine.mixedPrecision=true');
    expect(await advice('train', 'tiny.json', '--weights', 'a.json')).toBe('--set train.from=a.json');
  });
});
