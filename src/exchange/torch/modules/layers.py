"""Layers that every network is made of. Maps are [batch, channels, height, width]."""

import math

import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-3
MOMENTUM = 0.01

ACTIVATIONS = {"none": lambda x: x, "relu": F.relu, "swish": F.silu, "elu": F.elu, "gelu": F.gelu}


def same(x, size, stride=1, dilation=1, value=0.0):
    """Pads a map as TensorFlow's SAME does, for ⌈n / stride⌉ windows a side; an odd place is below or right."""
    around = []
    for length, taps in zip(x.shape[-2:], size):
        reached = (math.ceil(length / stride) - 1) * stride + dilation * (taps - 1) + 1
        missing = max(0, reached - length)
        around = [missing // 2, missing - missing // 2] + around
    return F.pad(x, around, value=value) if any(around) else x


class Convolution(nn.Conv2d):
    """Padding `same` is TensorFlow's, `symmetric` ⌊k/2⌋ on every side, `valid` none."""

    def __init__(
        self, channels, filters, kernel_size, stride=1, padding="same", dilation=1, groups=1,
        bias=False,
    ):
        super().__init__(channels, filters, kernel_size, stride, 0, dilation, groups, bias)
        self.border = padding

    def forward(self, x):
        rows, columns = self.kernel_size
        if self.border == "same":
            x = same(x, self.kernel_size, self.stride[0], self.dilation[0])
        elif self.border == "symmetric":
            x = F.pad(x, (columns // 2, columns // 2, rows // 2, rows // 2))
        return super().forward(x)


class SegmentedConvolution(nn.Module):
    """The channels cut into segments that do not see each other (Chollet 2017, section 1.2); the first are wider."""

    def __init__(self, channels, filters, kernel_size, segments, stride=1, dilation=1):
        super().__init__()
        self.widths = [channels // segments + (i < channels % segments) for i in range(segments)]
        for i, width in enumerate(self.widths):
            out = filters // segments + (i < filters % segments)
            convolution = Convolution(width, out, kernel_size, stride, dilation=dilation)
            self.add_module(f"segment{i + 1}", convolution)

    def forward(self, x):
        parts = x.split(self.widths, 1)
        return torch.cat([segment(part) for segment, part in zip(self.children(), parts)], 1)


class BatchNorm(nn.BatchNorm2d):
    """Batch norm over the second axis of a tensor of any rank, and the activation behind it."""

    def __init__(self, channels, activation="none", scale=True):
        super().__init__(channels, EPSILON, MOMENTUM)
        self.activation = activation
        if not scale:
            self.register_parameter("weight", None)

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        return ACTIVATIONS[self.activation](super().forward(x))


class Activation(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.activation = activation

    def forward(self, x):
        return ACTIVATIONS[self.activation](x)


class Add(nn.Module):
    def forward(self, x, other):
        return x + other


class Concatenate(nn.Module):
    def forward(self, *branches):
        return torch.cat(branches, 1)


class ChannelSlice(nn.Module):
    """`size` channels from `begin` on."""

    def __init__(self, begin, size):
        super().__init__()
        self.begin, self.size = begin, size

    def forward(self, x):
        return x[:, self.begin : self.begin + self.size]


class DropPath(nn.Module):
    """In training leaves out whole images (stochastic depth, Huang et al. 2016)."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)


class MaxPooling(nn.Module):
    def __init__(self, size, stride, padding):
        super().__init__()
        self.size, self.stride, self.padding = size, stride, padding

    def forward(self, x):
        if self.padding == "same":
            x = same(x, (self.size, self.size), self.stride, value=-math.inf)
        border = self.size // 2 if self.padding == "symmetric" else 0
        return F.max_pool2d(x, self.size, self.stride, border)


def average_pool(x, size, stride=None):
    """Mean of each window's part inside of the map, ⌈n / stride⌉ a side; one behind the other where no stride is given."""
    stride = stride or size
    inside = torch.ones_like(x[:1, :1])
    pooled = [F.avg_pool2d(same(each, (size, size), stride), size, stride) for each in (x, inside)]
    return pooled[0] / pooled[1]


class AveragePooling(nn.Module):
    def __init__(self, size, stride):
        super().__init__()
        self.size, self.stride = size, stride

    def forward(self, x):
        return average_pool(x, self.size, self.stride)


class GlobalAveragePooling(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def doubled(x, height, width):
    """Each place 2×2 times; cut where the map is to have an odd side."""
    return F.interpolate(x, scale_factor=2, mode="nearest")[..., :height, :width]


class Upsampling(nn.Module):
    def __init__(self, height, width):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x):
        return doubled(x, self.height, self.width)


class Resizing(nn.Module):
    """A map as large as another."""

    def __init__(self, interpolation):
        super().__init__()
        self.interpolation = interpolation

    def forward(self, x, like):
        height, width = like.shape[-2:]
        if self.interpolation == "nearest":
            return doubled(x, height, width)
        return F.interpolate(x, (height, width), mode="bilinear", align_corners=False)


class SqueezeExcite(nn.Module):
    """Squeeze-and-excitation (Hu et al. 2018, section 3)."""

    def __init__(self, channels, squeezed, activation="swish"):
        super().__init__()
        self.activation = activation
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        squeezed = ACTIVATIONS[self.activation](self.reduce(x.mean((2, 3), keepdim=True)))
        return x * torch.sigmoid(self.expand(squeezed))
