"""The wide convolution networks of configs/octconv in PyTorch: WRN-28-10, and the network of the OctConv article.

Written as a PyTorch user would: NCHW, library layers only.
"""

import torch
from torch import nn
from torch.nn import functional as F


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)


class PreActivated(nn.Module):
    """BN, ReLU, convolution, twice; where the shape changes, a 1×1 convolution of the first ReLU's output is added."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), convolution(inputs, outputs, stride=stride)
        self.norm2, self.conv2 = nn.BatchNorm2d(outputs), convolution(outputs, outputs)
        self.shortcut = None if inputs == outputs else convolution(inputs, outputs, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        activated = F.relu(self.norm1(x), inplace=True)
        y = self.conv1(activated)
        y = self.conv2(F.relu(self.norm2(y), inplace=True))
        return y + (x if self.shortcut is None else self.shortcut(activated))


def wide_resnet(depth: int = 28, widen: int = 10, classes: int = 10) -> nn.Module:
    """WRN-d-k (Zagoruyko and Komodakis 2016), without dropout."""
    layers, channels = [convolution(3, 16)], 16
    for group in range(3):
        outputs = 16 * widen * 2**group
        for block in range((depth - 4) // 6):
            layers += [PreActivated(channels, outputs, 2 if group > 0 and block == 0 else 1)]
            channels = outputs
    head = [nn.BatchNorm2d(channels), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *head, nn.Linear(channels, classes))


class OctaveConvolution(nn.Module):
    """Four 3×3 convolutions between a full and a half resolution (Chen et al. 2019, section 3)."""

    def __init__(self, inputs: tuple, outputs: tuple):
        super().__init__()
        (high, low), (to_high, to_low) = inputs, outputs
        self.high_to_high, self.high_to_low = convolution(high, to_high), convolution(high, to_low)
        self.low_to_high, self.low_to_low = convolution(low, to_high), convolution(low, to_low)

    def forward(self, x: tuple) -> tuple:
        high, low = x
        upsampled = F.interpolate(self.low_to_high(low), scale_factor=2, mode="nearest")
        return self.high_to_high(high) + upsampled, self.low_to_low(low) + self.high_to_low(F.avg_pool2d(high, 2))


class OctaveUnit(nn.Module):
    """Octave convolution, BN and ReLU."""

    def __init__(self, inputs: tuple, outputs: tuple):
        super().__init__()
        self.convolve = OctaveConvolution(inputs, outputs)
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels) for channels in outputs])

    def forward(self, x: tuple) -> tuple:
        return tuple(F.relu(norm(part), inplace=True) for norm, part in zip(self.norms, self.convolve(x)))


class PlainUnit(nn.Sequential):
    """Convolution with a bias, BN and ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(convolution(inputs, outputs, bias=True), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class OctConvArticle(nn.Module):
    """koshian2's network: three groups of a unit that widens and residual blocks of two units, pooled in between."""

    def __init__(self, alpha: float, width: int = 160, blocks: int = 3, classes: int = 10):
        super().__init__()
        self.is_octave = alpha > 0
        unit = OctaveUnit if self.is_octave else PlainUnit

        def parts(channels: int):
            low = int(channels * alpha)
            return (channels - low, low) if self.is_octave else channels

        channels, self.groups = ((3, 3) if self.is_octave else 3), nn.ModuleList()
        for group in range(3):
            outputs = parts(width * 2**group)
            residual = [nn.Sequential(unit(outputs, outputs), unit(outputs, outputs)) for _ in range(blocks)]
            self.groups.append(nn.ModuleList([unit(channels, outputs), *residual]))
            channels = outputs
        wide = 4 * width
        self.head = None
        if self.is_octave:
            mixed = convolution(wide, wide, 1, bias=True)
            self.head = nn.Sequential(mixed, nn.BatchNorm2d(wide), nn.ReLU(inplace=True))
        self.classifier = nn.Linear(wide, classes)

    def each(self, function, *maps):
        return tuple(function(*parts) for parts in zip(*maps)) if self.is_octave else function(*maps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.is_octave:
            x = (x, F.avg_pool2d(x, 2))
        for index, (widen, *residual) in enumerate(self.groups):
            if index > 0:
                x = self.each(lambda part: F.avg_pool2d(part, 2), x)
            x = widen(x)
            for block in residual:
                x = self.each(torch.add, block(x), x)
        if self.head is not None:
            x = self.head(torch.cat([F.avg_pool2d(x[0], 2), x[1]], 1))
        return self.classifier(x.mean((2, 3)))
