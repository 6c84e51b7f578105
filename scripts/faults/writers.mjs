// Two at once in one folder: one works, the other is told.
import { trainHalf } from './operations.mjs';
import { complaint } from './workspace.mjs';

export const writers = {
  name: 'writers',
  async run(work, times) {
    await work.train('straight');
    const straight = work.result('straight');
    await trainHalf(work, 'half');
    const [trains, resumes, sweeps] = [[], [], []];
    for (let n = 0; n < times; n++) {
      const pair = await Promise.all([work.train(`pair-${n}`), work.train(`pair-${n}`)]);
      trains.push(verdict(pair, work.result(`pair-${n}`) === straight));

      work.copy('half', `again-${n}`);
      const more = await Promise.all([1, 2, 3].map(() => work.train(`again-${n}`, ['--resume'])));
      resumes.push(verdict(more, work.result(`again-${n}`) === straight));

      const sweep = ['sweep', 'sweep.yaml', '--out', `sweep-${n}`];
      const both = await Promise.all([work.run(sweep), work.run(sweep)]);
      sweeps.push(verdict(both, true));
    }
    const expected = 'one works and ends with the same bytes, the others end with 2 or find it finished';
    return [
      { fault: 'two `train` into one folder', outcomes: trains, expected },
      { fault: 'three `train --resume` of one folder', outcomes: resumes, expected },
      { fault: 'two `sweep` of one file', outcomes: sweeps, expected },
    ];
  },
};

function verdict(ends, isSame) {
  const bad = ends.map(complaint).find((each) => each !== undefined);
  if (bad !== undefined) return bad;
  if (!ends.some(({ code }) => code === 0)) return `none worked: ${ends[0].stderr.trim()}`;
  if (ends.some(({ code }) => ![0, 2].includes(code)))
    return `exit codes ${ends.map(({ code }) => code).join()}`;
  return isSame ? undefined : 'other numbers';
}
