import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Routine } from '../program/routine.js';
import { ROUTINES } from './routines.js';
import { openTestBackend, uniform } from './testing.js';

const backend = openTestBackend({ threads: 3 });
const { pool, sharedMemory } = backend;
afterAll(() => pool.close());

const ROWS = 1501;
const [CHANNELS, BATCH] = [28, 19];
const COUNT = ROWS * CHANNELS;
const ITEMS = Math.ceil(COUNT / 16384);

type Numbers = Readonly<Record<string, number>>;

/** Of most routines. */
const USUAL: Numbers = {
  items: ITEMS,
  count: COUNT,
  p: 0.2,
  q: 0.7,
  decay: 0.9,
  rest: 0.1,
  beta1: 0.9,
  rest1: 0.1,
  beta2: 0.99,
  rest2: 0.01,
  momentum: 0.8,
  nesterov: 1,
  epsilon: 1e-3,
  weightDecay: 0.01,
  penalty: 0.04,
  stream: 5,
  inGradient: 0.02,
  apart: 0.03,
  adapts: 1,
  clips: 0,
  pieces: 2,
  keep: 0.8,
  scale: 1.5,
  rate: 0.25,
  factor: 4 / 3,
  norm: 2.5,
  smallest: 1e-30,
};

/** 7 channels: rows that end within a vector. */
const SHORT_ROWS: Numbers = {
  items: Math.ceil(COUNT / 7 / 256),
  rows: COUNT / 7,
  channels: 7,
  count: 7,
  blockRows: 256,
  n0: 1,
  n1: 1,
  n2: COUNT / 7,
  n: 7,
  a0: 0,
  a1: 0,
  a2: 7,
  ai: 1,
  b0: 0,
  b1: 0,
  b2: 7,
  bi: 1,
};

const BATCH_NORM: Numbers = { items: Math.ceil(ROWS / 64), rows: ROWS, channels: CHANNELS, blockRows: 64 };

/** Rows of 3×3 taps, two groups a place, on maps of 5 columns and one row; masked in the taps' first and last rows. */
const PLACES = Math.floor(COUNT / 18 / 5) * 5;
const NEIGHBOURHOODS: Numbers = {
  items: Math.ceil(PLACES / 50),
  places: PLACES,
  outH: 1,
  outW: 5,
  groups: 2,
  size: 3,
  stride: 1,
  dilation: 1,
  isMasked: 1,
  height: 1,
  width: 5,
  blockPlaces: 50,
  maskBytes: 64,
};

/** Of the routines whose name is the key or, with a star, has that beginning or that end. */
const SPECIAL: Readonly<Record<string, Numbers>> = {
  'bn*': BATCH_NORM,
  'bnGradSums*': { ...BATCH_NORM, items: 4 },
  '*Channels': SHORT_ROWS,
  '*Broadcast': SHORT_ROWS,
  softmax: SHORT_ROWS,
  softmaxGrad: SHORT_ROWS,
  channelScale: { items: BATCH * 4, rows: COUNT / 7 / BATCH, channels: 7, blockRows: 79 },
  neighbourhoodSoftmax: NEIGHBOURHOODS,
  neighbourhoodSoftmaxGrad: { items: 7, rows: Math.floor(COUNT / 49), taps: 49, blockRows: 130 },
  dropoutSamples: { ...USUAL, items: BATCH, count: COUNT / BATCH },
};

function numbersOf(name: string): Numbers {
  const fits = (key: string) =>
    key.startsWith('*') ? name.endsWith(key.slice(1)) : name.startsWith(key.slice(0, -1));
  const keys = Object.keys(SPECIAL).filter((key) => key === name || (key.includes('*') && fits(key)));
  return SPECIAL[keys.at(-1) ?? ''] ?? USUAL;
}

/** A routine and, where it is one of two passes, the other. */
function passesOf(name: string): readonly Routine[] {
  const all: readonly Routine[] = Object.values(ROUTINES);
  return all
    .filter(
      (each) =>
        each.name === name || each.before === name || ROUTINES[name as 'bnGradSumsNone'].before === each.name,
    )
    .sort((a) => (a.before === undefined ? 1 : -1));
}

/** In (0, 1): powers of β and second moments are positive. */
const FILLS = Array.from({ length: 24 }, (_, salt) => uniform([COUNT], salt, 0.05, 0.95).values);

/** All addresses that have been used. */
const allocated: number[] = [];
afterEach(() => {
  for (const pointer of allocated.splice(0)) sharedMemory.free(pointer);
});

const bitsAt = (pointer: number): Uint32Array => new Uint32Array(sharedMemory.buffer, pointer, COUNT).slice();

/** What the arguments hold before and after a run. */
interface Run {
  readonly before: Readonly<Record<string, Uint32Array>>;
  readonly after: Readonly<Record<string, Uint32Array>>;
}

/**
 * Runs the passes on memory of their own for each argument, by name; `results` hold the fill of that number before. The
 * argument `over[0]` lies over `over[1]`.
 */
function run(passes: readonly Routine[], fill: number, over?: readonly [result: string, input: string]): Run {
  const addresses: Record<string, number> = {};
  const before: Record<string, Uint32Array> = {};
  passes
    .flatMap((each) => each.arguments)
    .forEach(({ name, role }, place) => {
      if (role === 'number' || name in addresses || name === over?.[0]) return;
      addresses[name] = sharedMemory.allocate(COUNT * 4);
      const values = FILLS[role === 'in' ? place : fill];
      new Float32Array(sharedMemory.buffer, addresses[name], COUNT).set(values);
      before[name] = bitsAt(addresses[name]);
    });
  allocated.push(...Object.values(addresses));
  if (over) addresses[over[0]] = addresses[over[1]];
  for (const pass of passes) {
    const numbers = numbersOf(pass.name);
    const args = pass.arguments.map(({ name, role }) => {
      const value = role === 'number' ? numbers[name] : addresses[name];
      if (value === undefined) throw new Error(`This test knows no ${name} for ${pass.name}.`);
      return value;
    });
    pool.call(pass, numbers.items, args, false);
  }
  const after = Object.entries(addresses).map(([name, pointer]) => [name, bitsAt(pointer)]);
  return { before, after: Object.fromEntries(after) as Record<string, Uint32Array> };
}

const [ONE_FILL, OTHER_FILL] = [22, 23];
const overwriting = (Object.values(ROUTINES) as readonly Routine[]).filter((each) =>
  each.arguments.some(({ over }) => over.length > 0),
);

describe.each(overwriting)('$name', ({ name, arguments: all }) => {
  const passes = passesOf(name);
  const roles = new Map(
    passes.flatMap((pass) => pass.arguments.map((each) => [each.name, each.role] as const)),
  );
  const isResult = (argument: string): boolean => ['out', 'inout'].includes(roles.get(argument)!);

  it('reads its results as little as it writes its inputs', () => {
    const [one, other] = [ONE_FILL, OTHER_FILL].map((fill) => run(passes, fill));
    for (const [argument, before] of Object.entries(one.before)) {
      const after = one.after[argument];
      if (roles.get(argument) === 'in')
        expect(
          after.findIndex((value, i) => value !== before[i]),
          argument,
        ).toBe(-1);
      if (!isResult(argument)) continue;
      // What is not written at all stays as it was.
      const otherAfter = other.after[argument];
      const isWrong = (value: number, i: number): boolean =>
        value !== otherAfter[i] && (value !== before[i] || otherAfter[i] !== other.before[argument][i]);
      expect(after.findIndex(isWrong), argument).toBe(-1);
    }
  });

  const cases = all.flatMap((result) =>
    result.over.map((place) => ({ result: result.name, input: all[place].name })),
  );
  it.each(cases)('gives the same bits with $result over $input', ({ result, input }) => {
    const apart = run(passes, ONE_FILL);
    const isWritten = (argument: string, i: number): boolean =>
      apart.after[argument][i] !== apart.before[argument][i];
    for (const threads of [1, 3]) {
      pool.activeThreads = threads;
      const over = run(passes, ONE_FILL, [result, input]);
      for (const argument of Object.keys(apart.after).filter(isResult)) {
        const isWrong = (value: number, i: number): boolean =>
          isWritten(argument, i) && value !== apart.after[argument][i];
        expect(over.after[argument].findIndex(isWrong), `${argument}, ${threads} threads`).toBe(-1);
        expect(
          apart.after[argument].some((_, i) => isWritten(argument, i)),
          argument,
        ).toBe(true);
      }
    }
  });
});
