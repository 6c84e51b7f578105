import type { StepEngine } from '../engine/engine.js';
import type { Program } from '../engine/program/program.js';
import { tensor4d, tidy, type LayersModel, type Tensor } from '../engine/tf.js';

/** Puts batches of images through a model, with the moving statistics. */
export interface Predictor {
  /** What the model puts out, image by image. `images` [count, size, size, 3]. */
  outputs(images: Float32Array, count: number, size: number): Promise<Float32Array>;
  dispose(): void;
}

/**
 * A predictor that records each shape of batch once and replays it, where the engine can; else an eager one.
 * @param engine the one in use, on which the model lies
 */
export function createPredictor(engine: StepEngine, model: LayersModel): Predictor {
  return engine.mode === 'replay' ? new ReplayedPredictor(engine, model) : new EagerPredictor(model);
}

/** Does `use` with a predictor that lasts as long. */
export async function withPredictor<T>(
  engine: StepEngine,
  model: LayersModel,
  use: (predictor: Predictor) => Promise<T>,
): Promise<T> {
  const predictor = createPredictor(engine, model);
  try {
    return await use(predictor);
  } finally {
    predictor.dispose();
  }
}

/** What a model puts out for one batch, image by image, at once: for a few images, where recording would not pay. */
export function predictAtOnce(
  model: LayersModel,
  images: Float32Array,
  count: number,
  size: number,
): Float32Array {
  return tidy(() => {
    const outputs = forward(model, tensor4d(images, [count, size, size, 3]));
    return Float32Array.from(outputs.dataSync<'float32'>());
  });
}

// --- internal ---

function forward(model: LayersModel, images: Tensor): Tensor {
  return model.apply(images, { training: false }) as Tensor;
}

class EagerPredictor implements Predictor {
  constructor(private readonly model: LayersModel) {}

  async outputs(images: Float32Array, count: number, size: number): Promise<Float32Array> {
    return predictAtOnce(this.model, images, count, size);
  }

  dispose(): void {
    // Nothing is kept from batch to batch.
  }
}

class ReplayedPredictor implements Predictor {
  /** By shape of the batch: the last one may be smaller. */
  readonly #programs = new Map<string, Program>();

  constructor(
    private readonly engine: StepEngine,
    private readonly model: LayersModel,
  ) {}

  async outputs(images: Float32Array, count: number, size: number): Promise<Float32Array> {
    const shape = [count, size, size, 3];
    let program = this.#programs.get(shape.join());
    if (program === undefined) {
      program = this.engine.record({
        batch: count,
        inputs: { images: { shape, dtype: 'float32' } },
        phases: [({ images }) => ({ outputs: forward(this.model, images) })],
      });
      this.#programs.set(shape.join(), program);
    }
    const { outputs } = await program.run({ images });
    return outputs;
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }
}
