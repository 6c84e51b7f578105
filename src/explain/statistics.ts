/** Of some numbers; mean, deviation and largest are of those that are finite. */
export interface Statistics {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  /** Share of numbers that are exactly 0, 0…1. */
  readonly zeros: number;
  /** The largest without its sign. */
  readonly largest: number;
  /** How many are NaN or infinite. */
  readonly notFinite: number;
}

/** Gathers numbers a piece at a time (Chan, Golub and LeVeque 1983), in float64. */
export class StatisticsOf {
  #finite = 0;
  #notFinite = 0;
  #mean = 0;
  /** Σ (x − mean)² */
  #squares = 0;
  #zeros = 0;
  #largest = 0;

  add(values: ArrayLike<number>): this {
    let [finite, sum] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      finite++;
      sum += value;
      if (value === 0) this.#zeros++;
      this.#largest = Math.max(this.#largest, Math.abs(value));
    }
    this.#notFinite += values.length - finite;
    if (finite === 0) return this;
    const mean = sum / finite;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) squares += (values[i]! - mean) ** 2;
    }
    const all = this.#finite + finite;
    const apart = mean - this.#mean;
    this.#squares += squares + (apart ** 2 * this.#finite * finite) / all;
    this.#mean += (apart * finite) / all;
    this.#finite = all;
    return this;
  }

  /** The deviation is that of the numbers themselves, Σ(x − mean)²/n under the root. */
  result(): Statistics {
    const count = this.#finite + this.#notFinite;
    return {
      count,
      mean: this.#mean,
      deviation: this.#finite === 0 ? 0 : Math.sqrt(this.#squares / this.#finite),
      zeros: count === 0 ? 0 : this.#zeros / count,
      largest: this.#largest,
      notFinite: this.#notFinite,
    };
  }
}
