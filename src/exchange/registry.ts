import type { ExchangeFormat } from './format.js';

interface FormatRow {
  /** What it is, for the help. */
  readonly note: string;
  /** What is written where `--out` says nothing: a file with this ending, or a folder. */
  readonly ending: string;
  readonly load: () => Promise<ExchangeFormat>;
}

/** Every format that `involve export` writes, by its name. */
export const EXCHANGE_FORMATS = {
  onnx: {
    note: 'for ONNX Runtime, on any device',
    ending: '.onnx',
    load: async () => (await import('./onnx/format.js')).format,
  },
  timm: {
    note: 'a folder for timm.create_model, where timm has the network',
    ending: '-timm',
    load: async () => (await import('./timm/format.js')).format,
  },
  safetensors: {
    note: 'a folder for PyTorch: weights in its layouts, and the network as one Python file',
    ending: '-pytorch',
    load: async () => (await import('./torch/format.js')).format,
  },
  tfjs: {
    note: 'a folder for browsers, with a page',
    ending: '-tfjs',
    load: async () => (await import('./tfjs/format.js')).format,
  },
} as const satisfies Readonly<Record<string, FormatRow>>;

export type ExchangeFormatName = keyof typeof EXCHANGE_FORMATS;

export const EXCHANGE_FORMAT_NAMES = Object.keys(EXCHANGE_FORMATS) as ExchangeFormatName[];

/** `onnx (for ONNX Runtime, on any device)` */
export function exchangeFormatWords(): string {
  return Object.entries(EXCHANGE_FORMATS)
    .map(([name, { note }]) => `${name} (${note})`)
    .join(', ');
}
