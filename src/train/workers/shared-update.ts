import type { StepEngine } from '../../engine/engine.js';
import type { Program, ProgramInput } from '../../engine/program/program.js';
import { tensor, tidy, type Tensor } from '../../engine/tf.js';
import { statisticsOf } from '../parameters.js';
import type { MeanGradients } from '../step/mean-gradients.js';
import { updateScalars, type StepParts } from '../step/parts.js';
import {
  scalarInputs,
  scalarTensors,
  scalarValues,
  type StepScalars,
  type StepScalarTensors,
} from '../step/scalars.js';
import { applyGradients } from '../step/step.js';
import type { Exchange } from './exchange.js';
import type { StepMeetings } from './step-meetings.js';

/** What a worker's own batches came to. */
export interface OwnPart {
  /** Images; 0 where it had none. */
  readonly images: number;
  /** Whether all their losses are numbers. */
  readonly isFinite: boolean;
}

/** What becomes one: a network of many layers is not sent in as many messages. */
interface Places {
  /** All values, one tensor's after the other's, in the same order everywhere. */
  readonly together: Float32Array;
  /** The part of each, by its name. */
  readonly places: Readonly<Record<string, Float32Array>>;
}

/**
 * The second half of a step that several workers share: their gradients become one, each as heavy as it has images, and
 * every worker makes the same update of it. The moving statistics of batch norm, which each has taken of its own images,
 * become one in the same way. So after every step all workers have the same state, bit for bit.
 */
export class SharedUpdate {
  /** Parameters that have a gradient; known after the first step, to the workers without an image too. */
  #known: readonly string[] | undefined;
  #shared: Places | undefined;
  #collect: Program | undefined;
  #apply: Program | undefined;

  constructor(
    private readonly engine: StepEngine,
    private readonly parts: StepParts & { readonly exchange: Exchange },
    private readonly mean: MeanGradients,
    private readonly meetings: StepMeetings,
  ) {}

  /** @returns false, with nothing changed, where a loss of any worker is not finite */
  async run(scalars: StepScalars, { images, isFinite }: OwnPart): Promise<boolean> {
    const { exchange } = this.parts;
    const known = this.#known === undefined && images > 0 && isFinite ? this.mean.known : undefined;
    const all = await this.meetings.end({ isFinite, known });
    if (!all.every((each) => each.isFinite)) return false;
    this.#known ??= all.find((each) => each.known !== undefined)!.known!;
    this.#shared ??= await this.#placesOf(this.#known);
    const { together, places } = this.#shared;
    await this.#collectOwn(this.#known, places);
    await exchange.mean(together, images);
    await this.#applyMean(places, scalars);
    return true;
  }

  dispose(): void {
    this.#collect?.dispose();
    this.#apply?.dispose();
    this.#collect = undefined;
    this.#apply = undefined;
  }

  // --- internal ---

  /** What is made one of, by the names of the inputs of the update. */
  #tensors(known: readonly string[]): [string, Tensor][] {
    return [
      ...[...this.mean.of(known)].map(([name, gradient]): [string, Tensor] => [gradientOf(name), gradient]),
      ...statisticsOf(this.parts.model).map(({ name, variable }): [string, Tensor] => [
        statistic(name),
        variable,
      ]),
    ];
  }

  async #placesOf(known: readonly string[]): Promise<Places> {
    const sizes = this.#tensors(known).map(([name, { size }]) => [name, size] as const);
    const length = sizes.reduce((sum, [, size]) => sum + size, 0);
    const together = (await this.parts.exchange.memory?.(length)) ?? new Float32Array(length);
    let at = 0;
    const places = sizes.map(([name, size]) => [name, together.subarray(at, (at += size))] as const);
    return { together, places: Object.fromEntries(places) };
  }

  /** Puts this worker's values into their places. */
  async #collectOwn(known: readonly string[], places: Places['places']): Promise<void> {
    if (this.engine.mode === 'eager') {
      for (const [name, value] of this.#tensors(known)) places[name]!.set(value.dataSync<'float32'>());
      return;
    }
    this.#collect ??= this.engine.record({
      batch: 1,
      inputs: {},
      phases: [() => Object.fromEntries(this.#tensors(known))],
    });
    await this.#collect.run({}, places);
  }

  async #applyMean(values: Readonly<Record<string, Float32Array>>, scalars: StepScalars): Promise<void> {
    const names = updateScalars(this.parts);
    const shapes = this.#tensors(this.#known!).map(([name, { shape }]) => [name, shape] as const);
    if (this.engine.mode === 'eager') {
      tidy(() => {
        const given = shapes.map(([name, shape]) => [
          name,
          tensor(values[name]!.slice(), [...shape], 'float32'),
        ]);
        this.#update({
          ...scalarTensors(names, scalars),
          ...(Object.fromEntries(given) as Record<string, Tensor>),
        });
      });
      return;
    }
    const inputs = shapes.map(([name, shape]): [string, ProgramInput] => [name, { shape, dtype: 'float32' }]);
    this.#apply ??= this.engine.record({
      batch: 1,
      inputs: { ...Object.fromEntries(inputs), ...scalarInputs(names) },
      phases: [
        (given) => {
          this.#update(given);
          return {};
        },
      ],
    });
    await this.#apply.run({ ...values, ...scalarValues(names, scalars) });
  }

  #update(given: Readonly<Record<string, Tensor>>): void {
    const { model, optimizer, ema, clipNorm } = this.parts;
    for (const { name, variable } of statisticsOf(model)) variable.assign(given[statistic(name)]);
    const gradients = new Map(this.#known!.map((name) => [name, given[gradientOf(name)]]));
    const scalars = given as unknown as StepScalarTensors;
    applyGradients(optimizer, gradients, scalars, clipNorm);
    ema?.update(scalars.averageDecay);
  }
}

// Engines make names of nodes of them, in which not every character may be.
const gradientOf = (name: string): string => `gradient/${name}`;
const statistic = (name: string): string => `statistic/${name}`;
