import { expect, it } from 'vitest';
import { exchangesInMemory } from './exchange.testing.js';
import { StepMeetings } from './step-meetings.js';

const part = (value: number, places: number) => ({
  values: [Float32Array.of(value), Float32Array.of(0)] as const,
  places,
});

it('reduces over those who have images; the others are there until all have ended', async () => {
  const [first, second, third] = exchangesInMemory(3).map((exchange) => new StepMeetings(exchange));
  const busy = async (meetings: StepMeetings, value: number): Promise<unknown> => {
    const means = [];
    for (const times of [1, 10]) {
      const [mean] = await meetings.allReduce('mean', part(times * value, value));
      means.push(...mean!);
    }
    return [means, await meetings.end({ isFinite: true, known: ['w'] })];
  };
  const ends = [
    { isFinite: true, known: ['w'] },
    { isFinite: false, known: undefined },
    { isFinite: true, known: ['w'] },
  ];
  const results = await Promise.all([
    busy(first!, 1),
    second!.end({ isFinite: false, known: undefined }),
    busy(third!, 3),
  ]);
  // (1·1 + 3·3) / 4, and ten times as much
  expect(results).toMatchObject([
    [[2.5, 25], ends.map((end) => ({ ...end, at: 'end' }))],
    ends,
    [[2.5, 25], ends],
  ]);
});

it('notices workers that are at other layers', async () => {
  const [first, second] = exchangesInMemory(2).map((exchange) => new StepMeetings(exchange));
  const both = [first!.allReduce('mean', part(1, 1)), second!.allReduce('moments', part(1, 1))];
  for (const each of both) await expect(each).rejects.toThrow('other layers');
});
