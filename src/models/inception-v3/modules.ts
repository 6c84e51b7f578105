/** A convolution with batch norm and ReLU, or 3×3 pooling; at stride 1 and with SAME padding if it says nothing else. */
export type Step = { readonly stride?: number; readonly padding?: 'same' | 'valid' } & (
  | {
      readonly type: 'conv';
      readonly filters: number;
      readonly kernelSize: number | readonly [height: number, width: number];
    }
  | { readonly type: 'average' | 'max' }
);

/** One of the branches of a module, which stand side by side; `fork` are convolutions side by side at its end. */
export interface Branch {
  readonly steps: readonly Step[];
  readonly fork?: readonly Step[];
}

type Window = number | readonly [number, number];

const conv = (filters: number, kernelSize: Window): Step => ({ type: 'conv', filters, kernelSize });
const valid = (step: Step, stride = 1): Step => ({ ...step, stride, padding: 'valid' });
const average: Step = { type: 'average' };
const max: Step = { type: 'max' };
/** Factorised 7×7 (section 3.2): a row, a column. */
const row: Window = [1, 7];
const column: Window = [7, 1];

/** The stem: down to an eighth of the size; of small images it keeps the convolutions and the size. */
export function stepsOfStem(stem: 'imagenet' | 'cifar'): readonly Step[] {
  const isLarge = stem === 'imagenet';
  const pool = isLarge ? [valid(max, 2)] : [];
  return [
    ...[valid(conv(32, 3), isLarge ? 2 : 1), valid(conv(32, 3)), conv(64, 3), ...pool],
    ...[valid(conv(80, 1)), valid(conv(192, 3)), ...pool],
  ];
}

/** Figure 5: two 3×3 in the place of a 5×5; one 5×5 is left in Keras's form. */
const moduleA = (pooled: number): Branch[] => [
  { steps: [conv(64, 1)] },
  { steps: [conv(48, 1), conv(64, 5)] },
  { steps: [conv(64, 1), conv(96, 3), conv(96, 3)] },
  { steps: [average, conv(pooled, 1)] },
];
/** Figure 10: half the size, by convolution and by pooling. */
const reductionA: Branch[] = [
  { steps: [valid(conv(384, 3), 2)] },
  { steps: [conv(64, 1), conv(96, 3), valid(conv(96, 3), 2)] },
  { steps: [valid(max, 2)] },
];
/** Figure 6: n×n as 1×n and n×1. */
const moduleB = (width: number): Branch[] => [
  { steps: [conv(192, 1)] },
  { steps: [conv(width, 1), conv(width, row), conv(192, column)] },
  {
    steps: [
      ...[conv(width, 1), conv(width, column), conv(width, row)],
      ...[conv(width, column), conv(192, row)],
    ],
  },
  { steps: [average, conv(192, 1)] },
];
const reductionB: Branch[] = [
  { steps: [conv(192, 1), valid(conv(320, 3), 2)] },
  { steps: [conv(192, 1), conv(192, row), conv(192, column), valid(conv(192, 3), 2)] },
  { steps: [valid(max, 2)] },
];
const rowAndColumn = [conv(384, [1, 3]), conv(384, [3, 1])];
/** Figure 7: 1×3 and 3×1 side by side, for the coarsest grid. */
const moduleC: Branch[] = [
  { steps: [conv(320, 1)] },
  { steps: [conv(384, 1)], fork: rowAndColumn },
  { steps: [conv(448, 1), conv(384, 3)], fork: rowAndColumn },
  { steps: [average, conv(192, 1)] },
];

/** The modules in order, `mixed0` … `mixed10` of Keras. */
export const inceptionModules: readonly (readonly Branch[])[] = [
  ...[32, 64, 64].map(moduleA),
  reductionA,
  ...[128, 160, 160, 192].map(moduleB),
  reductionB,
  ...[moduleC, moduleC],
];
