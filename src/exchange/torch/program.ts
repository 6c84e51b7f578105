import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BatchNormSettings } from '../../layers/batch-norm.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { layerCall, normSettingsOf } from './layer-calls.js';
import { moduleName } from './names.js';
import { definitionsOf } from './python.js';

/** What a program says of itself. */
export interface ProgramTitle {
  /** Without line breaks and quotes: `exp3/seed-0, best checkpoint (epoch 12)`. */
  readonly origin: string;
  readonly classes: number;
}

/**
 * A network as one Python file: the layers that it has, by PyTorch's own modules and those of `modules/`, one line
 * each. The file is `model.py` of a folder that has `config.json` and `model.safetensors` too.
 */
export function torchProgram(net: Blueprint, { origin, classes }: ProgramTitle): string {
  const [, height, width] = net.input.shape;
  const lines = layerLines(net);
  const { epsilon, momentum } = onlyNormSettings(net) ?? { epsilon: 1e-5, momentum: 0.9 };
  const called = new Set(lines.join('\n').match(/(?<![.\w])[A-Z]\w+(?=\()/g));
  // Of all batch norms alike; PyTorch counts the share of the new in the statistics.
  const constants: Readonly<Record<string, number>> = {
    EPSILON: epsilon,
    MOMENTUM: Number((1 - momentum).toPrecision(12)),
  };
  const definitions = definitionsOf(modules(), [...BASE, ...called]).map((text) =>
    text.replace(/^(EPSILON|MOMENTUM) = .*/, (_, name: string) => `${name} = ${constants[name]}`),
  );
  return `"""
${origin}: images of ${height}×${width} pixels, ${classes} classes.

    python model.py IMAGE…

says what pictures show. In a program of your own:

    from model import load_model, fit, normalised
    model = load_model()
    logits = model(normalised(fit(PIL.Image.open("photo.jpg")))[None])

It needs PyTorch, for pictures Pillow too, and the files beside it.
"""

${IMPORTS}

${spaced(definitions)}


class Network(Layers):
    """Images [batch, 3, ${height}, ${width}], normalised → ${logitsOf(net.output)}."""

    def __init__(self):
        super().__init__()
${lines.map((line) => (line === '' ? '' : `        ${line}`)).join('\n')}


if __name__ == "__main__":
    main(sys.argv[1:])
`;
}

// --- internal ---

/** What every program has. */
const BASE = ['Layers', 'load_model', 'fit', 'normalised', 'main'];

const IMPORTS = `import json
import math
import struct
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F`;

/** The Python modules, those that the others are made of before them. */
const FILES = ['use', 'layers', 'windows', 'involution', 'octave', 'attention', 'whole', 'san'] as const;

function modules(): string[] {
  const folder = new URL('./modules/', import.meta.url);
  const there = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.py'));
  if (there.length !== FILES.length) throw new Error(`modules of PyTorch: ${there.join(', ')}`);
  return FILES.map((name) => readFileSync(new URL(`${name}.py`, folder), 'utf8'));
}

/** Constants close together, classes and functions two lines apart. */
function spaced(definitions: readonly string[]): string {
  const isConstant = (text: string): boolean => !/^(class|def) /.test(text);
  return [definitions.filter(isConstant).join('\n'), ...definitions.filter((text) => !isConstant(text))].join(
    '\n\n\n',
  );
}

/** `self.add("stem.conv", Convolution(3, 32, 3, stride=2))  # 112×112×32`, blocks apart. */
function layerLines(net: Blueprint): string[] {
  const nameOf = ({ layer }: Node): string => (layer ? moduleName(layer.name) : 'images');
  let before = net.input;
  let block: string | undefined;
  return net.nodes.flatMap((node) => {
    const { layer, inputs, shape } = node;
    const name = nameOf(node);
    const follows = inputs.length === 1 && inputs[0] === before;
    const from = follows ? [] : inputs.map((each) => JSON.stringify(nameOf(each)));
    const call = layerCall(
      layer!,
      inputs.map((each) => channelsOf(each.shape)),
    );
    const isNew = shape.join() !== before.shape.join();
    const size = isNew ? `  # ${shape.slice(1).join('×')}` : '';
    const line = `self.add(${[JSON.stringify(name), call, ...from].join(', ')})${size}`;
    const here = blockOf(name);
    const lines = block === undefined || here === block ? [line] : ['', line];
    block = here;
    before = node;
    return lines;
  });
}

/** `stage2.block1` of `stage2.block1.expand`; `stem` of `stem.conv`. */
function blockOf(name: string): string {
  return name.split('.').slice(0, -1).slice(0, 2).join('.');
}

function logitsOf({ shape }: Node): string {
  const [, ...sides] = shape as number[];
  const classes = sides.pop();
  return `logits [${['batch', classes, ...sides].join(', ')}]`;
}

/** All batch norms of a network have the settings of its config. */
function onlyNormSettings(net: Blueprint): BatchNormSettings | undefined {
  const found = net.nodes.flatMap(({ layer }) => normSettingsOf(layer!) ?? []);
  const other = found.find(({ epsilon, momentum }) => {
    return epsilon !== found[0].epsilon || momentum !== found[0].momentum;
  });
  if (other) throw new Error('batch norms of one network have different settings');
  return found[0];
}
