"""EfficientNet-B0 and its involution variants in PyTorch, the models of configs/exp0.json to exp5.json.

Written as a PyTorch user would: NCHW, library layers only, symmetric padding. `exp0` is B0 itself.
"""

from dataclasses import dataclass

import torch
from torch import nn

from involution import Involution

# Stages 2 to 8 of the EfficientNet paper, table 1: number, expansion, kernel, stride, channels, repeats.
STAGES = (
    (2, 1, 3, 1, 16, 1),
    (3, 6, 3, 2, 24, 2),
    (4, 6, 5, 2, 40, 2),
    (5, 6, 3, 2, 80, 3),
    (6, 6, 5, 1, 112, 3),
    (7, 6, 5, 2, 192, 4),
    (8, 6, 3, 1, 320, 1),
)
DROPOUT = DROP_CONNECT = 0.2


@dataclass(frozen=True)
class Variant:
    """What an experiment changes of B0."""

    involution: bool = True
    norm_after: bool = True
    removed: tuple = ()
    depthwise: int | None = None


VARIANTS = {
    "exp0": Variant(involution=False),
    "exp1": Variant(norm_after=False),
    "exp2": Variant(),
    "exp3": Variant(removed=(7, 8)),
    "exp4": Variant(removed=(6, 7, 8)),
    "exp5": Variant(removed=(7, 8), depthwise=1),
}


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, squeezed: int):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, squeezed, 1),
            nn.SiLU(),
            nn.Conv2d(squeezed, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gate(x)


class Block(nn.Module):
    """Inverted bottleneck; its residual path is dropped for a random part of the images."""

    def __init__(self, variant: Variant, form: str, inputs: int, row: tuple, stride: int, drop: float):
        super().__init__()
        _, expansion, kernel, _, outputs, _ = row
        wide = inputs * expansion
        layers = [] if expansion == 1 else [convolution(inputs, wide), norm(wide), nn.SiLU()]
        layers += [convolution(wide, wide, variant.depthwise or kernel, stride, wide), norm(wide), nn.SiLU()]
        if variant.involution:
            layers += [Involution(wide, form, norm)]
            layers += [norm(wide), nn.SiLU()] if variant.norm_after else []
        else:
            layers += [SqueezeExcite(wide, max(1, inputs // 4))]
        self.path = nn.Sequential(*layers, convolution(wide, outputs), norm(outputs))
        self.is_residual = stride == 1 and inputs == outputs
        self.drop = drop

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.path(x)
        if not self.is_residual:
            return y
        if self.training and self.drop > 0:
            kept = 1 - self.drop
            y = y * (torch.empty(len(y), 1, 1, 1).bernoulli_(kept) / kept)
        return x + y


def build(name: str, form: str = "unfold", classes: int = 6) -> nn.Module:
    """The network of an experiment; `form` is how involution is computed."""
    variant = VARIANTS[name]
    rows = [row for row in STAGES if row[0] not in variant.removed]
    count = sum(row[-1] for row in rows)
    channels, blocks = 32, []
    for row in rows:
        for index in range(row[-1]):
            stride, drop = (row[3] if index == 0 else 1), DROP_CONNECT * len(blocks) / count
            blocks.append(Block(variant, form, channels, row, stride, drop))
            channels = row[4]
    stem = [convolution(3, 32, 3, 2), norm(32), nn.SiLU()]
    head = [convolution(channels, 1280), norm(1280), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*stem, *blocks, *head, nn.Dropout(DROPOUT), nn.Linear(1280, classes))
