import { SHOWN_PROBLEMS, badInput, type Problem } from '../../../util/errors.js';

/** Problems of a set as they are found: those that are shown are kept, and the others counted. */
export class ProblemList {
  readonly #kept: Problem[] = [];
  #more = 0;

  get count(): number {
    return this.#kept.length + this.#more;
  }

  add(problem: Problem): void {
    if (this.#kept.length < SHOWN_PROBLEMS - 1) this.#kept.push(problem);
    else this.#more++;
  }

  /** Also those of another list, which stay in their order. */
  addAll(others: ProblemList): void {
    for (const problem of others.#kept) this.add(problem);
    this.#more += others.#more;
  }

  /** @throws InvolveError (exit code 2) with all of them, if there is one */
  refuse(code: string): void {
    if (this.count === 0) return;
    const more = this.#more === 0 ? [] : [{ what: `… and ${this.#more.toLocaleString('en-US')} more` }];
    throw badInput(code, [...this.#kept, ...more]);
  }
}
