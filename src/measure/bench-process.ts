import { fork, type ChildProcess } from 'node:child_process';
import { unpackError } from '../util/packed-error.js';
import { runFailed } from '../util/errors.js';
import {
  TRY_SMALLER,
  type BatchTime,
  type BenchReply,
  type BenchRequest,
  type BenchSubject,
  type BenchTask,
} from './bench-message.js';

type ReplyOf<T extends BenchReply['type']> = Extract<BenchReply, { type: T }>;

/** The child process of one config. It computes only while a call is awaited. */
export class BenchProcess {
  readonly #child: ChildProcess;
  #stderr = '';
  /** Takes the next reply, or the news of the child's end. */
  #take: ((reply: BenchReply) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #death: Error | undefined;

  /** @param worker the program of the child: it answers what `bench-message.ts` says */
  constructor(worker: URL) {
    // stdout is for results; what a dying runtime has to say goes to stderr. A process group of its own keeps
    // Ctrl-C from the child, so that it is ended by its parent and not taken for one that failed.
    this.#child = fork(worker, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-10_000);
    });
    this.#child.on('message', (reply: BenchReply) => this.#take?.(reply));
    this.#child.on('error', (error) => this.#end(error));
    this.#child.on('close', (code, signal) => this.#end(deathOf(code, signal, this.#stderr)));
  }

  /** Opens the engine and builds the model. */
  async prepare(task: BenchTask): Promise<BenchSubject> {
    return (await this.#ask({ type: 'prepare', task }, 'ready')).subject;
  }

  /** Computes one batch. */
  async batch(count: number): Promise<BatchTime> {
    const { ms, sumMs } = await this.#ask({ type: 'batch', count }, 'batch');
    return sumMs === undefined ? { ms } : { ms, sumMs };
  }

  /** Ends the child; the most memory that it and its workers ever held resident, in MB (10⁶ bytes). */
  async end(): Promise<number> {
    const { peakMemoryMb } = await this.#ask({ type: 'end' }, 'ended');
    this.#child.disconnect();
    return peakMemoryMb;
  }

  /** Ends the child at once, in the middle of a batch too. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #ask<T extends BenchReply['type']>(request: BenchRequest, expected: T): Promise<ReplyOf<T>> {
    return new Promise((resolve, reject) => {
      if (this.#death) return reject(this.#death);
      this.#fail = reject;
      this.#take = (reply) => {
        if (reply.type === 'failed') reject(unpackError(reply.error));
        else if (reply.type !== expected) reject(new Error(`the child answered "${reply.type}"`));
        else resolve(reply as ReplyOf<T>);
      };
      // A child that is gone cannot take it: its end is told by `close`, with the reason.
      this.#child.send(request, () => undefined);
    });
  }

  #end(error: Error): void {
    this.#death ??= error;
    this.#fail?.(this.#death);
  }
}

/** Why a child ended that was not told to. */
function deathOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): Error {
  const how = signal === null ? `exit code ${code}` : signal;
  const said = stderr.split('\n').find((line) => /\b(FATAL )?\w*error\b/i.test(line));
  const outOfMemory = signal === 'SIGKILL' || /out of memory|allocation failed/i.test(stderr);
  return runFailed('E_BENCH_PROCESS', {
    what: `its process ended (${how})${said === undefined ? '' : `: ${said.trim()}`}`,
    ...(outOfMemory ? { try: TRY_SMALLER } : {}),
  });
}
