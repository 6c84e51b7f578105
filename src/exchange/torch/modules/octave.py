"""Octave convolution: some channels at half the resolution."""

from torch import nn

from .layers import Convolution, average_pool, doubled


class OctaveConvolution(nn.Module):
    """
    One half of an octave convolution (Chen et al. 2019, section 3): the paths that end in the `high` or in the `low`
    part, whose height and width are half. `channels` are those of the parts that come in, in their order. What crosses
    over is convolved at the lower of the two resolutions. `low_size` is `same` where the low part comes in as large as
    the high one.
    """

    def __init__(self, channels, to, filters, kernel_size, groups=1, low_size="half"):
        super().__init__()
        self.parts, self.to, self.low_size = list(channels), to, low_size
        for part, width in channels.items():
            self.add_module(f"{part}_to_{to}", Convolution(width, filters, kernel_size, groups=groups))

    def forward(self, *maps):
        parts = dict(zip(self.parts, maps))
        out = [self.path(part, x, parts) for part, x in parts.items()]
        return sum(out[1:], out[0])

    def path(self, part, x, parts):
        convolution = getattr(self, f"{part}_to_{self.to}")
        if part == "high" and self.to == "low":
            return convolution(average_pool(x, 2))
        y = convolution(x)
        if part == "low" and self.to == "high" and self.low_size == "half":
            height, width = parts["high"].shape[-2:] if "high" in parts else (2 * side for side in x.shape[-2:])
            y = doubled(y, height, width)
        return y
