import type { CApi, GraphOutput } from '../c-api/c-api.js';
import { readTensor } from '../c-api/native-tensor.js';
import { OUTPUT, outputList, POINTER, type GraphNode } from './graph.js';

/** What is given and what is taken at one time, while the graph runs on. */
export interface Stage {
  readonly feeds: readonly GraphOutput[];
  readonly fetches: readonly GraphOutput[];
}

/**
 * A run that stops on the way: what is fetched at a stage follows from what was fed up to it, and what is computed stays
 * with TensorFlow until the next one.
 */
export class PartialRun {
  readonly #memory: { readonly address: number; readonly memory: ArrayBuffer };
  readonly #status: number;
  readonly #feeds: Block;
  readonly #fetches: Block;
  readonly #targets: number;

  constructor(
    private readonly api: CApi,
    private readonly session: number,
    private readonly stages: readonly Stage[],
    target: GraphNode,
  ) {
    const feeds = stages.flatMap((stage) => stage.feeds);
    const fetches = stages.flatMap((stage) => stage.fetches);
    const each = OUTPUT + POINTER;
    this.#memory = api.allocate((feeds.length + fetches.length) * each + POINTER);
    const { address, memory } = this.#memory;
    const block = (outputs: readonly GraphOutput[], at: number): Block => {
      const list = outputList(outputs);
      const values = at + outputs.length * OUTPUT;
      new BigInt64Array(memory, at, outputs.length * (OUTPUT / POINTER)).set(
        list.subarray(0, outputs.length * 2),
      );
      return {
        outputs: address + at,
        values: address + values,
        words: new BigUint64Array(memory, values, outputs.length),
        length: outputs.length,
      };
    };
    this.#feeds = block(feeds, 0);
    this.#fetches = block(fetches, feeds.length * each);
    const at = (feeds.length + fetches.length) * each;
    new BigUint64Array(memory, at, 1)[0] = BigInt(target.address);
    this.#targets = address + at;
    this.#status = api.TF_NewStatus();
  }

  /**
   * @param first a TF_Tensor for each feed of the first stage; tensors are deleted here
   * @param next what the feeds of stage `stage` are to be, from what the one before it fetched
   * @returns what the last stage fetched
   */
  async run(first: readonly number[], next: Next): Promise<Fetched> {
    const { api } = this;
    const handle = this.#begin();
    let tensors = first;
    let [fedBefore, fetchedBefore] = [0, 0];
    try {
      for (let stage = 0; ; stage++) {
        const { feeds, fetches } = this.stages[stage];
        const fetched = await this.#stage(handle, tensors, fedBefore, fetchedBefore, fetches.length);
        if (stage === this.stages.length - 1) return fetched;
        fedBefore += feeds.length;
        fetchedBefore += fetches.length;
        tensors = await next(stage + 1, fetched);
      }
    } finally {
      api.TF_DeletePRunHandle(handle);
    }
  }

  dispose(): void {
    this.api.TF_DeleteStatus(this.#status);
    this.api.free(this.#memory.address);
  }

  // --- internal ---

  #begin(): number {
    const handle = new BigUint64Array(1);
    const { api } = this;
    const [feeds, fetches] = [this.#feeds, this.#fetches];
    api.TF_SessionPRunSetup(
      ...([this.session, feeds.outputs, feeds.length, fetches.outputs, fetches.length] as const),
      ...([this.#targets, 1, handle, this.#status] as const),
    );
    api.check(this.#status);
    return Number(handle[0]);
  }

  /** On a thread of its own. */
  #stage(
    handle: number,
    tensors: readonly number[],
    fedBefore: number,
    fetchedBefore: number,
    count: number,
  ): Promise<Fetched> {
    const [feeds, fetches] = [this.#feeds, this.#fetches];
    tensors.forEach((tensor, i) => (feeds.words[fedBefore + i] = BigInt(tensor)));
    const taken = fetches.words.subarray(fetchedBefore, fetchedBefore + count).fill(0n);
    return new Promise((resolve, reject) => {
      this.api.TF_SessionPRun.async(
        ...([this.session, handle] as const),
        ...([
          feeds.outputs + fedBefore * OUTPUT,
          feeds.values + fedBefore * POINTER,
          tensors.length,
        ] as const),
        ...([fetches.outputs + fetchedBefore * OUTPUT, fetches.values + fetchedBefore * POINTER] as const),
        ...([count, this.#targets, 0, this.#status] as const),
        (error) => {
          try {
            if (error) throw error;
            resolve(this.#end(tensors, taken));
          } catch (failure) {
            reject(failure as Error);
          }
        },
      );
    });
  }

  #end(tensors: readonly number[], taken: BigUint64Array): Fetched {
    const { api } = this;
    for (const tensor of tensors) api.TF_DeleteTensor(tensor);
    const fetched = Array.from(taken, Number).filter((tensor) => tensor !== 0);
    try {
      api.check(this.#status);
      return fetched.map((tensor) => readTensor(api, tensor));
    } finally {
      for (const tensor of fetched) api.TF_DeleteTensor(tensor);
    }
  }
}

// --- internal ---

type Fetched = readonly (NodeJS.TypedArray | Uint8Array[])[];
type Next = (stage: number, fetched: Fetched) => Promise<readonly number[]>;

/** Outputs of the graph and the tensors at them, in memory that never moves. */
interface Block {
  /** Address of the TF_Outputs. */
  readonly outputs: number;
  /** Address of the TF_Tensors. */
  readonly values: number;
  readonly words: BigUint64Array;
  readonly length: number;
}
