// A worker beside the first one of a benchmark of several.
import { serveFirst } from '../workers/serve-first.js';
import { followBench } from './lead.js';
import { openBenchShare, type BenchShare } from './share.js';

serveFirst({
  open: openBenchShare,
  work: ({ bench }: BenchShare, opened, { exchange }) => followBench(bench, opened, exchange),
});
