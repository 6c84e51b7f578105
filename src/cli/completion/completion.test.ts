import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../commands.js';
import { runHere, type Result } from '../in-process.testing.js';
import { flagName } from '../terms.js';
import { absent, offered, type Shell } from './shells.testing.js';

const FILES = [
  'configs/a.json',
  'configs/readme.md',
  'configs/sweeps/b.yaml',
  'runs/quickstart/seed-0/config.yaml',
  'notes/list.txt',
  'notes/scenes.onnx',
  'photo.jpg',
];

let cwd: string;
beforeAll(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'involve-completion-')));
  for (const file of FILES) {
    mkdirSync(join(cwd, dirname(file)), { recursive: true });
    writeFileSync(join(cwd, file), '');
  }
});
afterAll(() => rmSync(cwd, { recursive: true }));

const involve = (...argv: string[]): Promise<Result> => runHere(cwd, argv);

const firstWords = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))].sort();
const flagsOf = (name: string): string[] => {
  const { flags } = COMMANDS.find((command) => command.name === name)!;
  return [...Object.keys(flags).map(flagName), '--debug', '--help'].sort();
};

describe.each<Shell>(['bash', 'zsh', 'fish'])('in %s', (shell) => {
  const reason = absent(shell);
  let script: string;
  beforeAll(async () => {
    const { code, out } = await involve('completion', shell);
    expect(code).toBe(0);
    script = out;
  });
  /** Words, folders without their slash, flags without `=`; a shell shows each once. */
  const words = (line: string): string[] => [
    ...new Set(offered(shell, script, line, cwd).map((word) => word.replace(/[/=]$/, ''))),
  ];
  /** zsh shows the last part of a path alone. */
  const paths = (...given: string[]): string[] =>
    shell === 'zsh' ? given.map((path) => basename(path)) : given;
  const test = it.skipIf(reason !== false);
  const because = reason === false ? '' : ` (${reason})`;

  test(`commands and groups${because}`, () => {
    expect(words('involve ')).toEqual(firstWords);
    expect(words('involve da')).toEqual(['data']);
    expect(words('involve data ')).toEqual(['check', 'get', 'list', 'show']);
  });

  test(`every flag of every command${because}`, () => {
    const some = shell === 'zsh' ? COMMANDS.slice(0, 3) : COMMANDS;
    for (const { name } of some) {
      const own = words(`involve ${name} --`).filter((word) => word.startsWith('--'));
      expect(own).toEqual(flagsOf(name));
    }
  });

  test(`choices, after a space and after =${because}`, () => {
    expect(words('involve train --engine ')).toEqual(['auto', 'reference', 'tensorflow', 'wasm']);
    expect(words('involve sweep x.yaml --launcher s')).toEqual(['slurm']);
    const joined = words('involve train --engine=t').map((word) => word.replace(/.*=/, ''));
    expect(joined).toEqual(['tensorflow']);
  });

  test(`configs in the place of CONFIG, wherever flags stand${because}`, () => {
    expect(words('involve train ')).toContain('configs');
    expect(words('involve train ')).not.toContain('photo.jpg');
    expect(words('involve train --seed 3 configs/')).toEqual(paths('configs/a.json', 'configs/sweeps'));
    expect(words('involve bench configs/a.json configs/sweeps/')).toEqual(paths('configs/sweeps/b.yaml'));
  });

  test(`run folders in the place of RUN, and then images${because}`, () => {
    expect(words('involve explain ')).toEqual(['runs']);
    expect(words('involve eval runs/quickstart/')).toEqual(['runs/quickstart/seed-0']);
    const images = words('involve predict runs/quickstart/seed-0 ');
    expect(images).toContain('photo.jpg');
    expect(images).not.toContain('notes/list.txt');
    expect(words('involve explain runs/quickstart/seed-0 photo.jpg ')).toContain('photo.jpg');
  });

  test(`exported files in the place of a run, wherever they lie${because}`, () => {
    expect(words('involve eval ')).toEqual(['configs', 'notes', 'runs']);
    expect(words('involve eval notes/')).toEqual(paths('notes/scenes.onnx'));
    expect(words('involve predict notes/')).toEqual(paths('notes/scenes.onnx'));
    expect(words('involve bench notes/')).toEqual(paths('notes/scenes.onnx'));
  });

  test(`words and configs where both may stand; nothing after the last argument${because}`, () => {
    expect(words('involve data check in')).toEqual(['intel']);
    expect(words('involve data check co')).toEqual(['configs']);
    // Where nothing else may stand, zsh offers flags.
    expect(words('involve doctor ').filter((word) => !word.startsWith('--'))).toEqual([]);
  });
});

it('knows three shells', async () => {
  expect(await involve('completion', 'zhs')).toEqual({
    code: 2,
    out: '',
    err: 'error: expected bash, zsh, fish, received "zhs"\n  try: did you mean "zsh"?',
  });
});
