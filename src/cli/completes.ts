/** What a shell may offer where a word is to be typed. */
export interface Completes {
  readonly words?: readonly string[];
  /**
   * `config`: JSON and YAML files; `run`: run folders, and the folders on the way to them; `onnx`,
   * `image`, `file`, `folder`: any of that kind.
   */
  readonly paths?: readonly PathKind[];
}

export type PathKind = 'config' | 'run' | 'onnx' | 'image' | 'file' | 'folder';

/** Anything may stand there, and nothing can be offered. */
export const nothing: Completes = {};
export const configs: Completes = { paths: ['config'] };
export const runs: Completes = { paths: ['run'] };
export const configsOrOnnx: Completes = { paths: ['config', 'onnx'] };
export const runsOrOnnx: Completes = { paths: ['run', 'onnx'] };
export const anyFile: Completes = { paths: ['file'] };
export const anyFolder: Completes = { paths: ['folder'] };
