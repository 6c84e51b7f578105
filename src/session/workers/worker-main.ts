// A worker beside the first one of a training. It writes nothing.
import { serveFirst } from './serve-first.js';
import { openShare, trainShare } from './worker-share.js';

serveFirst({ open: openShare, work: trainShare });
