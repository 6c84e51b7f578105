import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import { expectBitsOfMemory } from '../../train/workers/exchange.testing.js';
import type { Exchange } from '../../train/workers/exchange.js';
import { FrameStream } from './frames.js';
import { FirstExchange, OtherExchange } from './socket-exchange.js';

const dir = mkdtempSync(join(tmpdir(), 'involve-sockets-'));
const open: Socket[] = [];
afterAll(() => {
  for (const socket of open) socket.destroy();
  rmSync(dir, { recursive: true, force: true });
});

let pairs = 0;
/** Both ends of a line. */
function pair(): Promise<[Socket, Socket]> {
  return new Promise((resolve) => {
    const path = join(dir, `${pairs++}`);
    let near: Socket | undefined;
    const server = createServer((far) => {
      server.close();
      open.push(near!, far);
      resolve([near!, far]);
    });
    server.listen(path, () => (near = connect(path)));
  });
}

const never = (): Error => new Error('nobody is silent here');

/** The exchanges of some workers over sockets. */
async function exchanges(
  of: number,
  rules = { patienceSeconds: 60, onSilence: never as (ranks: readonly number[]) => Error },
): Promise<[FirstExchange, ...Exchange[]]> {
  const lines = await Promise.all(Array.from({ length: of - 1 }, pair));
  const first = new FirstExchange(
    lines.map(([near]) => new FrameStream(near)),
    rules,
  );
  return [first, ...lines.map(([, far], i) => new OtherExchange(i + 1, of, new FrameStream(far)))];
}

describe('an exchange over sockets', () => {
  it.each([2, 3, 5])('of %i workers gives all the bits of the one in memory', async (of) => {
    const all = await exchanges(of);
    // Whole numbers of what a socket brings at once, and not; nothing too.
    await expectBitsOfMemory(all, [1, 16_384, 300_001, 0, 7]);
  });

  it('brings what each says, in order, with what JSON does not know', async () => {
    const all = await exchanges(3);
    const said = [{ loss: NaN, sums: { a: -0 } }, undefined, [Infinity, 'ä']];
    for (let round = 0; round < 3; round++) {
      const heard = await Promise.all(all.map((exchange, rank) => exchange.gather(said[rank])));
      for (const each of heard) expect(each).toEqual(said);
    }
  });

  it('ends for the first one when another is gone, now and from then on', async () => {
    const [first] = await exchanges(2);
    const waiting = first.gather(1);
    first.fail(new Error('worker 1 is gone'));
    await expect(waiting).rejects.toThrow('worker 1 is gone');
    await expect(first.mean(new Float32Array(3), 1)).rejects.toThrow('worker 1 is gone');
  });

  it('names the worker that is gone, and not what the system says of a line without an end', async () => {
    const gone = {
      receive: async () => ({ kind: 'gather', place: 0, number: 0, bytes: serialize('a word') }),
      send: () => Promise.reject(new Error('write EPIPE')),
    } as unknown as FrameStream;
    const first = new FirstExchange([gone], { patienceSeconds: 60, onSilence: never });
    const waiting = first.gather('a word');
    setTimeout(() => first.fail(new Error('worker 1 has ended')), 50);
    await expect(waiting).rejects.toThrow('worker 1 has ended');
  });

  it('ends when one is silent for too long, and says which', async () => {
    const rules = {
      patienceSeconds: 0.5,
      onSilence: (ranks: readonly number[]) => new Error(`silent: ${ranks.join()}`),
    };
    const [first, second] = await exchanges(3, rules);
    first.begin();
    void second!.gather('here');
    await expect(first.gather('here')).rejects.toThrow('silent: 2');
  });

  it('tells workers that are at different places', async () => {
    const [first, second] = await exchanges(2);
    void second!.gather('a word').catch(() => undefined);
    await expect(first.mean(new Float32Array(2), 1)).rejects.toThrow(
      'Worker 1 is at "gather", not at "mean".',
    );
    const [one, other] = await exchanges(2);
    void other!.mean(new Float32Array(3), 1).catch(() => undefined);
    await expect(one.mean(new Float32Array(2), 1)).rejects.toThrow('A worker has 3 values and another 2.');
  });
});
