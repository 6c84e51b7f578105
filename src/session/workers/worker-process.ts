import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { runFailed, type Problem } from '../../util/errors.js';
import { unpackError } from '../../util/packed-error.js';
import { FrameStream } from './frames.js';
import { namedAfter } from './worker-failure.js';
import { silence } from './waiting-rules.js';
import { EXCHANGE_DESCRIPTOR, type Ground, type WorkerReply, type WorkerRequest } from './worker-message.js';

/** Another worker of the job, as the first one sees it: a child process and the line to it. */
export class WorkerProcess {
  readonly frames: FrameStream;
  /** What it has opened; fails where it cannot. */
  readonly ready: Promise<Ground>;
  /** Settles when it is gone, with the reason. */
  readonly ended: Promise<Error>;
  readonly #child: ChildProcess;
  #stderr = '';
  #hasBegun = false;

  /**
   * @param program of the child (worker-main.ts)
   * @param onLoss what to do where it is lost once all have begun
   */
  constructor(
    readonly rank: number,
    program: URL,
    private readonly onLoss: string,
  ) {
    // The line between the two is a pair of sockets that has no name: nothing listens, and nobody else can connect. A
    // process group of its own keeps Ctrl-C from the child: it is told to stop, once.
    const pipes = ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'] as const;
    const child = fork(program, { stdio: [...pipes], detached: true, serialization: 'advanced' });
    this.#child = child;
    const socket = child.stdio[EXCHANGE_DESCRIPTOR] as Socket;
    // What is wrong with it is told by the end of the process.
    socket.on('error', () => undefined);
    this.frames = new FrameStream(socket);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-10_000);
    });
    const last = (): void => this.kill();
    process.on('exit', last);
    let failure: Error | undefined;
    this.ended = new Promise((resolve) => {
      child.on('error', resolve);
      child.on('close', (code, signal) => {
        process.off('exit', last);
        resolve(failure ?? this.#endOf(code, signal));
      });
    });
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (reply: WorkerReply) => {
        if (reply.type === 'ready') resolve(reply.ground);
        else failure = namedAfter(rank, unpackError(reply.error));
      });
      void this.ended.then(reject);
    });
    // Whoever started it hears of its end too.
    this.ready.catch(() => undefined);
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** For people. */
  get name(): string {
    return `worker ${this.rank} (process ${this.pid ?? 'that could not be started'})`;
  }

  tell(request: WorkerRequest): void {
    this.#hasBegun ||= request.type === 'train';
    // One that is gone cannot take it: `ended` tells of that.
    if (this.#child.connected) this.#child.send(request, () => undefined);
  }

  /** Ends it at once, also where it has been stopped: it writes nothing. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** That it has not answered for so long. */
  silent(seconds: number): Problem {
    return silence(
      this.name,
      seconds,
      this.#hasBegun ? this.onLoss : 'the same command again, or --workers 1',
    );
  }

  // --- internal ---

  #endOf(code: number | null, signal: NodeJS.Signals | null): Error {
    const said = this.#stderr.split('\n').find((line) => /\b(FATAL )?\w*error\b/i.test(line));
    return runFailed('E_WORKER_LOST', {
      what: `${this.name} has ended (${signal ?? `exit code ${code}`})${said === undefined ? '' : `: ${said.trim()}`}`,
      where: 'train.workers',
      try: `fewer workers (--workers), in case memory ran out${this.#hasBegun ? `; ${this.onLoss}` : ''}`,
    });
  }
}
