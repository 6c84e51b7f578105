// Checkpoints that are whole, and not what this run wrote: tensors that are gone, called or shaped otherwise, of another
// type, without a finite number; metadata that says something else.
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodeSafetensors, encodeSafetensors } from '../../dist/runs/safetensors.js';
import { junk } from './config-arbitrary.mjs';
import { contentOf } from './damage.mjs';
import { trainHalf } from './operations.mjs';
import { complaint } from './workspace.mjs';

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ODD_NUMBERS = [NaN, Infinity, -Infinity, 0, -0, 1e38, -1e38, 1e-45];

/** One change of a file's tensors and metadata, which are maps that may be changed. */
const change = fc.oneof(
  share.map(
    (at) =>
      ({ tensors }) =>
        void tensors.delete(pick([...tensors.keys()], at)),
  ),
  fc.tuple(share, fc.string({ unit: 'binary', maxLength: 6 })).map(([at, name]) => ({ tensors }) => {
    const old = pick([...tensors.keys()], at);
    const tensor = tensors.get(old);
    tensors.delete(old);
    if (name !== '__metadata__') tensors.set(name, tensor);
  }),
  fc.tuple(share, fc.boolean()).map(([at, isFlat]) => ({ tensors }) => {
    const name = pick([...tensors.keys()], at);
    const tensor = tensors.get(name);
    const shape = isFlat ? [tensor.data.length] : [...tensor.shape, 1].reverse();
    tensors.set(name, { ...tensor, shape });
  }),
  share.map((at) => ({ tensors }) => {
    const name = pick([...tensors.keys()], at);
    const { shape, data } = tensors.get(name);
    tensors.set(name, { dtype: 'I32', shape, data: Int32Array.from(data) });
  }),
  fc.tuple(share, fc.constantFrom(...ODD_NUMBERS)).map(([at, value]) => ({ tensors }) => {
    const name = pick([...tensors.keys()], at);
    const tensor = tensors.get(name);
    tensors.set(name, { ...tensor, data: tensor.data.map(() => value) });
  }),
  share.map(
    (at) =>
      ({ metadata }) =>
        void Reflect.deleteProperty(metadata, pick(Object.keys(metadata), at)),
  ),
  fc.tuple(share, junk).map(([at, value]) => ({ metadata }) => {
    const key = pick(Object.keys(metadata), at);
    metadata[key] = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  }),
  // Within what a value holds: another number, another word.
  fc
    .tuple(share, fc.constantFrom('-1', '0', '1e308', '9007199254740991', '0.5', 'null', '""', '[]', '{}'))
    .map(([at, value]) => ({ metadata }) => {
      const key = pick(Object.keys(metadata), at);
      metadata[key] = metadata[key].replace(/-?\d+(\.\d+)?(?!.*\d)/, value);
    }),
);

export const checkpoints = {
  name: 'checkpoints',
  async run(work, times, random) {
    await trainHalf(work, 'stopped');
    await work.train('done');
    const rows = [];
    const cases = [
      ['checkpoints/last.safetensors', 'stopped', (out) => work.train(out, ['--resume']), '`train --resume`'],
      ['checkpoints/best.safetensors', 'done', (out) => work.run(['eval', out]), '`eval`'],
    ];
    for (const [file, from, command, shown] of cases) {
      const changes = fc.sample(fc.array(change, { minLength: 1, maxLength: 2 }), {
        seed: random.integer(2 ** 31),
        numRuns: times,
      });
      const outcomes = [];
      let taken = 0;
      for (const some of changes) {
        work.copy(from, 'forged');
        const path = work.path('forged', file);
        const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
        const forged = { tensors: new Map(tensors), metadata: { ...metadata } };
        for (const one of some) one(forged);
        writeFileSync(path, Buffer.concat(encodeSafetensors(forged)));
        const before = contentOf(work.path('forged'));
        const ended = await command('forged');
        if (ended.code === 0) taken++;
        // Numbers that are not finite end training, as a run that diverges does.
        const bad =
          complaint(ended) ?? ([0, 1, 2].includes(ended.code) ? undefined : `exit code ${ended.code}`);
        const changed = ended.code === 2 && contentOf(work.path('forged')) !== before;
        const what = bad ?? (changed ? 'refused, and changed the folder' : undefined);
        outcomes.push(
          what &&
            `${what}: ${ended.stderr.trim().slice(0, 600)}\n         ${JSON.stringify(forged.metadata)}`,
        );
      }
      rows.push({
        fault: `${file}, whole and with other tensors or metadata, ${shown}`,
        outcomes,
        expected: `${taken} taken (numbers that nobody can know to be wrong), the others refused with words, the folder as it was`,
      });
    }
    return rows;
  },
};

function pick(list, at) {
  return list[Math.floor(at * list.length)];
}
