import { execFileSync } from 'node:child_process';
import { dryRun, inFile, type Situation } from './advice-situation.testing.js';
import { tinyExperiment } from './command-line.testing.js';

/** Files that are no configs, and values that YAML reads otherwise than they were meant. */

const DATA = 'data: {name: scenes, inputSize: 32}\n';
const MODEL = 'model: {family: efficientnet}\n';
const TRAIN = 'train: {epochs: 1}\n';
const SOUND = DATA + MODEL + TRAIN;

let count = 0;

/** A sound config with one line that is wrong, and that line as the advice says. */
function line(
  wrong: string,
  matches: RegExp,
  right: (found: RegExpExecArray) => string,
  rest = SOUND,
): Situation {
  return inFile(`line-${count++}.yaml`, `${rest}${wrong}\n`, matches, (found) => [wrong, right(found)]);
}

/** A file that is no config, and what is written in its place. */
const whole = (name: string, wrong: string, matches: RegExp, right = SOUND): Situation => ({
  typed: dryRun(name),
  matches,
  write: (work) => void work.write(name, wrong),
  then: (_, work) => dryRun(work.write(name, right)),
});

export const CONFIG_SITUATIONS: readonly Situation[] = [
  whole('empty.yaml', '', /^involve init writes one to start from$/),
  whole('list.yaml', '- 1\n', /^look into a shipped one, such as configs\/quickstart\.json$/),
  whole(
    'comma.json',
    JSON.stringify(tinyExperiment()).replace(/\}$/, ',}'),
    /^check commas, quotes and comments near that line, or name the file \.yaml$/,
    JSON.stringify(tinyExperiment()),
  ),
  whole(
    'long.yaml',
    `${SOUND}description: ${'long '.repeat(300_000)}\n`,
    /^name a config, YAML or JSON; a sweep of many jobs says grid, not each of them in list$/,
  ),
  whole('bytes.yaml', 'name: a\u0000b\n', /^name a config, YAML or JSON, saved as UTF-8$/),
  {
    typed: dryRun('wide.yaml'),
    matches: /^save it as UTF-8, or: (iconv -f UTF-16 -t UTF-8 wide\.yaml > (utf-8\.yaml))$/,
    write: (work) => void work.write('wide.yaml', Buffer.from(`\uFEFF${SOUND}`, 'utf16le')),
    then: ([, command, file], work) => {
      execFileSync('sh', ['-c', command], { cwd: work.dir });
      return dryRun(file);
    },
  },
  {
    typed: dryRun('chain-0.yaml'),
    matches: /^put what they say into fewer files$/,
    write: (work) => {
      for (let n = 0; n < 40; n++) work.write(`chain-${n}.yaml`, `extends: chain-${n + 1}.yaml\n`);
      work.write('chain-40.yaml', SOUND);
    },
    then: (_, work) => {
      work.write('chain-0.yaml', 'extends: chain-39.yaml\n');
      return dryRun('chain-0.yaml');
    },
  },
  {
    typed: dryRun('done'),
    matches: /^(done\/config\.yaml)$/,
    then: ([, config]) => dryRun(config),
  },
  whole(
    'tagged.yaml',
    `${SOUND}description: !text a\n`,
    /^remove the tag, and write the value as one of these$/,
  ),
  whole('keyed.yaml', `${SOUND}? [a, b]\n: 1\n`, /^write the key as text$/),
  line('augment:', /^a key without a value is null: write its keys below it, or remove it$/, () => ''),
  line(
    'model: {family: efficientnet, removeStages: 8}',
    /^write a list: (\[8\])$/,
    ([, list]) => `model: {family: efficientnet, removeStages: ${list}}`,
    DATA + TRAIN,
  ),
  line('augment: {flip: no}', /^write (false)$/, ([, word]) => `augment: {flip: ${word}}`),
  line('description: 12', /^write it in quotes: ("12")$/, ([, text]) => `description: ${text}`),
  line(
    `train: {epochs: '3'}`,
    /^write it without quotes: (3)$/,
    ([, n]) => `train: {epochs: ${n}}`,
    DATA + MODEL,
  ),
  line('train: {epochs: 1_000}', /^write (1000)$/, ([, n]) => `train: {epochs: ${n}}`, DATA + MODEL),
  line(
    'train: {epochs: 1, clipNorm: "1,5"}',
    /^write a decimal point: (1\.5)$/,
    ([, n]) => `train: {epochs: 1, clipNorm: ${n}}`,
    DATA + MODEL,
  ),
  line(
    'train: {epochs: 1, clipNorm: "1,500"}',
    /^write (1500), or a decimal point: 1\.500$/,
    ([, n]) => `train: {epochs: 1, clipNorm: ${n}}`,
    DATA + MODEL,
  ),
  line(
    'train: {epochs: 1, warmup: 3}',
    /^did you mean "train\.schedule\.(warmUp)"\? It takes (\{ epochs: )a number above 0 \} or /,
    ([, key, value]) => `train: {epochs: 9, schedule: {name: cosine, ${key}: ${value}3 }}}`,
    DATA + MODEL,
  ),
  line(
    'train: {epochs: 1, clipNorm: 1,5}',
    /^write a decimal point, since a comma ends the value: (clipNorm: 1\.5)$/,
    ([, value]) => `train: {epochs: 1, ${value}}`,
    DATA + MODEL,
  ),
  line(
    'augment: {mixup: 0.2}',
    /^write its keys, such as (\{ alpha: 0\.2 \})$/,
    ([, keys]) => `augment: {mixup: ${keys}}`,
  ),
  line(
    'model: {family: efficientnet, attention: se}',
    /^write (\{ type: se \})$/,
    ([, value]) => `model: {family: efficientnet, attention: ${value}}`,
    DATA + TRAIN,
  ),
  line(
    'train: {epochs: 1, optimizer: {name: sgd, beta1: 0.8}}',
    /^"beta1" needs name: (\w+)\b.*; or remove it$/,
    ([, name]) => `train: {epochs: 1, optimizer: {name: ${name}, beta1: 0.8}}`,
    DATA + MODEL,
  ),
  line('train: {epochs: 1, zzzz: 1}', /^known keys: seed, /, () => 'train: {epochs: 1}', DATA + MODEL),
];
