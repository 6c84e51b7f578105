import { reduceParts, type AllReduce, type Reduction, type ReductionPart } from '../../engine/all-reduce.js';
import type { Exchange } from './exchange.js';

/** What workers say at the end of their part of a step. */
export interface EndOfPart {
  readonly isFinite: boolean;
  /** Parameters that have a gradient, where it is known. */
  readonly known: readonly string[] | undefined;
}

/**
 * Where the workers of a job meet within a step. Each says where it is, so that one with nothing to do, which has no
 * images of a batch or has failed in one before, is with the others until all have come to the end.
 */
export class StepMeetings {
  constructor(private readonly exchange: Exchange) {}

  /** In the midst of a batch: what those become who have images of it, in the order of the ranks. */
  readonly allReduce: AllReduce = async (reduction, part) => {
    const all = await this.#say({ at: 'reduction', reduction, part });
    const parts = all.filter((each) => each.at === 'reduction');
    if (!parts.every((each) => each.reduction === reduction))
      throw new Error('Workers are at other layers of the network.');
    return reduceParts(
      reduction,
      parts.map((each) => each.part),
    );
  };

  /** @returns what all say at the end, in the order of the ranks */
  async end(own: EndOfPart): Promise<readonly EndOfPart[]> {
    for (;;) {
      const all = await this.#say({ at: 'end', ...own });
      const ended = all.filter((each) => each.at === 'end');
      if (ended.length === all.length) return ended;
    }
  }

  // --- internal ---

  #say(said: Said): Promise<readonly Said[]> {
    return this.exchange.gather(said);
  }
}

// --- internal ---

type Said =
  | { readonly at: 'reduction'; readonly reduction: Reduction; readonly part: ReductionPart }
  | ({ readonly at: 'end' } & EndOfPart);
