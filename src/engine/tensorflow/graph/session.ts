import type { CApi, GraphOutput } from '../c-api/c-api.js';
import { OUTPUT, outputList, POINTER, type Graph, type GraphNode } from './graph.js';
import { readTensor } from '../c-api/native-tensor.js';
import { PartialRun, type Stage } from './partial-run.js';

/** A TF_Session on a graph, which may grow while it is open. Its variables live on the device until it closes. */
export class Session {
  readonly #address: number;

  /** @param config a serialised ConfigProto */
  constructor(
    readonly graph: Graph,
    config: Uint8Array,
  ) {
    const { api } = graph;
    const options = api.TF_NewSessionOptions();
    api.TF_SetConfig(options, config, config.length, api.status);
    api.check();
    this.#address = api.TF_NewSession(graph.address, options, api.status);
    api.TF_DeleteSessionOptions(options);
    api.check();
  }

  /** @param targets nodes to run though nothing is fetched from them */
  prepare(
    feeds: readonly GraphOutput[],
    fetches: readonly GraphOutput[],
    targets: readonly GraphNode[],
  ): PreparedRun {
    return new PreparedRun(this.graph.api, this.#address, feeds, fetches, targets);
  }

  /** @param target a node to run though nothing is fetched from it */
  preparePartial(stages: readonly Stage[], target: GraphNode): PartialRun {
    return new PartialRun(this.graph.api, this.#address, stages, target);
  }

  close(): void {
    const { api } = this.graph;
    api.TF_CloseSession(this.#address, api.status);
    api.check();
    api.TF_DeleteSession(this.#address, api.status);
    api.check();
  }
}

/** A run with these feeds, fetches and targets; what it passes lies in memory that never moves. */
export class PreparedRun {
  readonly #memory: { readonly address: number; readonly memory: ArrayBuffer };
  readonly #status: number;
  readonly #given: BigUint64Array;
  readonly #fetched: BigUint64Array;
  readonly #arguments: Parameters<CApi['TF_SessionRun']>;

  constructor(
    private readonly api: CApi,
    session: number,
    feeds: readonly GraphOutput[],
    fetches: readonly GraphOutput[],
    targets: readonly GraphNode[],
  ) {
    const sizes = [
      ...[feeds.length * OUTPUT, feeds.length * POINTER],
      ...[fetches.length * OUTPUT, fetches.length * POINTER, targets.length * POINTER],
    ];
    const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
    this.#memory = api.allocate(sizes.reduce((sum, size) => sum + size, 0));
    const { address, memory } = this.#memory;
    const words = (i: number): BigUint64Array => new BigUint64Array(memory, offsets[i], sizes[i] / POINTER);
    const put = (i: number, values: BigInt64Array): void => {
      words(i).set(new BigUint64Array(values.buffer, 0, sizes[i] / POINTER));
    };
    put(0, outputList(feeds));
    put(2, outputList(fetches));
    words(4).set(targets.map((target) => BigInt(target.address)));
    this.#given = words(1);
    this.#fetched = words(3);
    this.#status = api.TF_NewStatus();
    const at = offsets.map((offset) => address + offset);
    this.#arguments = [
      ...([session, 0, at[0], at[1], feeds.length, at[2], at[3], fetches.length] as const),
      ...([at[4], targets.length, 0, this.#status] as const),
    ];
  }

  /** @param tensors a TF_Tensor a feed, deleted here when the run is over */
  run(tensors: readonly number[]): (NodeJS.TypedArray | Uint8Array[])[] {
    this.#begin(tensors);
    this.api.TF_SessionRun(...this.#arguments);
    return this.#end(tensors);
  }

  /**
   * Likewise, on a thread of its own.
   * @param into where what is fetched is put, by its place; what has none comes in a new array
   */
  runAsync(
    tensors: readonly number[],
    into?: readonly (Float32Array | undefined)[],
  ): Promise<(NodeJS.TypedArray | Uint8Array[])[]> {
    return new Promise((resolve, reject) => {
      this.#begin(tensors);
      this.api.TF_SessionRun.async(...this.#arguments, (error) => {
        try {
          if (error) throw error;
          resolve(this.#end(tensors, into));
        } catch (failure) {
          reject(failure as Error);
        }
      });
    });
  }

  dispose(): void {
    this.api.TF_DeleteStatus(this.#status);
    this.api.free(this.#memory.address);
  }

  // --- internal ---

  #begin(tensors: readonly number[]): void {
    tensors.forEach((tensor, i) => (this.#given[i] = BigInt(tensor)));
    this.#fetched.fill(0n);
  }

  #end(
    tensors: readonly number[],
    into: readonly (Float32Array | undefined)[] = [],
  ): (NodeJS.TypedArray | Uint8Array[])[] {
    const { api } = this;
    for (const tensor of tensors) api.TF_DeleteTensor(tensor);
    const fetched = Array.from(this.#fetched, Number).filter((tensor) => tensor !== 0);
    try {
      api.check(this.#status);
      return fetched.map((tensor, i) => readTensor(api, tensor, into[i]));
    } finally {
      for (const tensor of fetched) api.TF_DeleteTensor(tensor);
    }
  }
}
