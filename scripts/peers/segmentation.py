"""Semantic FPN and UPerNet in PyTorch, over the ResNet and the RedNet of configs/segmentation.

Written as a PyTorch user would: NCHW, library layers only, symmetric padding.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from involution import Involution

DROPOUT = 0.1
EXPANSION = 4
CHANNELS_OF_A_GROUP = 16  # of involution


@dataclass(frozen=True)
class Variant:
    """What tells the networks of configs/segmentation apart."""

    blocks: tuple = (3, 4, 6, 3)
    width: int = 64
    backbone: str = "involution"
    neck: str = "conv"
    neck_channels: int = 256
    head_channels: int = 128
    decoder: str = "semantic-fpn"


VARIANTS = {
    "fpn-small": Variant((1, 2, 2, 1), 32, "conv", "conv", 64, 32),
    "fpn-rednet50": Variant(),
    "fpn-rednet50-involution": Variant(neck="involution"),
    # Small ones for what is computed to be compared.
    "fpn-tiny": Variant((1, 1, 1, 1), 16, "conv", "conv", 32, 16),
    "fpn-tiny-involution": Variant((1, 1, 1, 1), 32, "involution", "involution", 32, 16),
    "upernet-tiny": Variant((1, 1, 1, 1), 16, "conv", "conv", 32, 32, "upernet"),
}


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)


def normalised(layer: nn.Module, channels: int) -> list:
    return [layer, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def involution(channels: int, form: str, stride: int = 1) -> Involution:
    return Involution(channels, form, nn.BatchNorm2d, channels // CHANNELS_OF_A_GROUP, stride=stride)


class Bottleneck(nn.Module):
    """1×1, the operator, 1×1, each with batch norm, and the shortcut; the stride is the operator's."""

    def __init__(self, inputs: int, width: int, stride: int, operator: str, form: str):
        super().__init__()
        outputs = width * EXPANSION
        middle = (
            involution(width, form, stride) if operator == "involution" else convolution(width, width, 3, stride)
        )
        self.path = nn.Sequential(
            *normalised(convolution(inputs, width), width),
            *normalised(middle, width),
            convolution(width, outputs),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.path(x) + self.shortcut(x), inplace=True)


class Scales(nn.Sequential):
    """A map of the pyramid at the size of the finest: 3×3, batch norm and ReLU before every doubling."""

    def __init__(self, level: int, inputs: int, channels: int):
        layers = []
        for step in range(max(1, level)):
            layers += normalised(convolution(channels if step else inputs, channels, 3), channels)
            layers += [nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)] if level else []
        super().__init__(*layers)


class Backbone(nn.Module):
    """Four stages of bottlenecks."""

    def __init__(self, variant: Variant, form: str):
        super().__init__()
        width, operator = variant.width, variant.backbone
        half = width // 2
        if operator == "involution":
            stem = normalised(convolution(3, half, 3, 2), half) + normalised(involution_of_stem(half, form), half)
            stem += normalised(convolution(half, width, 3), width)
        else:
            stem = normalised(convolution(3, width, 7, 2), width)
        self.stem = nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1))
        self.stages, channels = nn.ModuleList(), width
        for stage, count in enumerate(variant.blocks):
            blocks = []
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(Bottleneck(channels, width * 2**stage, stride, operator, form))
                channels = width * 2**stage * EXPANSION
            self.stages.append(nn.Sequential(*blocks))
        self.counts = [width * 2**stage * EXPANSION for stage in range(4)]

    def maps(self, image: torch.Tensor) -> list:
        x, maps = self.stem(image), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class SemanticFpn(Backbone):
    """Semantic FPN (Kirillov et al. 2019) in the numbers of mmsegmentation."""

    def __init__(self, variant: Variant, form: str, classes: int):
        super().__init__(variant, form)
        counts, neck = self.counts, variant.neck_channels
        self.laterals = nn.ModuleList([convolution(each, neck, bias=True) for each in counts])
        self.necks = nn.ModuleList(
            [
                involution(neck, form) if variant.neck == "involution" else convolution(neck, neck, 3, bias=True)
                for _ in counts
            ]
        )
        self.scales = nn.ModuleList([Scales(level, neck, variant.head_channels) for level in range(4)])
        self.dropout = nn.Dropout(DROPOUT)
        self.score = convolution(variant.head_channels, classes, bias=True)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        sums = [lateral(x) for lateral, x in zip(self.laterals, self.maps(image))]
        for level in (2, 1, 0):
            sums[level] = sums[level] + F.interpolate(sums[level + 1], scale_factor=2, mode="nearest")
        x = sum(scale(neck(x)) for neck, scale, x in zip(self.necks, self.scales, sums))
        scores = self.score(self.dropout(x))
        return resized(scores, image)


class UPerNet(Backbone):
    """UPerNet (Xiao et al. 2018): pyramid pooling of the last map, sums from there up, all maps put together."""

    def __init__(self, variant: Variant, form: str, classes: int, scales: tuple = (1, 2, 3, 6)):
        super().__init__(variant, form)
        channels, counts = variant.neck_channels, self.counts

        def block(inputs: int, kernel: int = 1) -> nn.Sequential:
            return nn.Sequential(*normalised(convolution(inputs, channels, kernel), channels))

        self.pools = nn.ModuleList([nn.Sequential(nn.AdaptiveAvgPool2d(n), *block(counts[-1])) for n in scales])
        self.context = block(counts[-1] + len(scales) * channels, 3)
        self.laterals = nn.ModuleList([block(each) for each in counts[:-1]])
        self.necks = nn.ModuleList([block(channels, 3) for _ in counts[:-1]])
        self.fuse = block(len(counts) * channels, 3)
        self.dropout = nn.Dropout(DROPOUT)
        self.score = convolution(channels, classes, bias=True)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        *finer, last = self.maps(image)
        means = [resized(pool(last), last) for pool in self.pools]
        sums = [self.context(torch.cat([last, *means], 1))]
        for lateral, x in zip(reversed(self.laterals), reversed(finer)):
            x = lateral(x)
            sums.insert(0, x + resized(sums[0], x))
        maps = [neck(x) for neck, x in zip(self.necks, sums)] + sums[-1:]
        x = self.fuse(torch.cat([resized(each, maps[0]) for each in maps], 1))
        return resized(self.score(self.dropout(x)), image)


def resized(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


def involution_of_stem(channels: int, form: str) -> Involution:
    return Involution(channels, form, nn.BatchNorm2d, max(1, channels // CHANNELS_OF_A_GROUP))


def build(name: str, form: str = "unfold", classes: int = 10) -> nn.Module:
    """A network of configs/segmentation; `form` is how involution is computed."""
    network = UPerNet if VARIANTS[name].decoder == "upernet" else SemanticFpn
    return network(VARIANTS[name], form, classes)
