"""Involution in PyTorch, written as a PyTorch user would: NCHW, library layers only."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F


class Involution(nn.Module):
    """Kernels of a pixel and a group of channels, made from that pixel (Li et al. 2021).

    form "unfold": the windows are laid out by im2col, as in the paper's code;
    form "shift": a sum over the K x K shifts of the image, which never lays them out.
    With a stride the generator sees averages of stride x stride pixels, as in the paper's code.
    """

    def __init__(
        self,
        channels: int,
        form: str,
        norm: Callable[[int], nn.Module],
        groups: int = 4,
        reduction: int = 4,
        kernel: int = 7,
        stride: int = 1,
    ):
        super().__init__()
        reduced = channels // reduction
        self.form, self.groups, self.kernel, self.stride = form, groups, kernel, stride
        self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.generate = nn.Sequential(
            nn.Conv2d(channels, reduced, 1, bias=False),
            norm(reduced),
            nn.ReLU(),
            nn.Conv2d(reduced, groups * kernel**2, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        groups, taps, stride = self.groups, self.kernel**2, self.stride
        kernels = self.generate(self.pool(x))
        b, _, h, w = kernels.shape
        c, border = x.shape[1], self.kernel // 2
        kernels = kernels.reshape(b, groups, 1, taps, h, w)
        if self.form == "unfold":
            windows = F.unfold(x, self.kernel, padding=border, stride=stride)
            return (windows.reshape(b, groups, c // groups, taps, h, w) * kernels).sum(3).reshape(b, c, h, w)
        padded = F.pad(x, [border] * 4).unflatten(1, (groups, c // groups))
        total = None
        for offset in range(taps):
            top, left = divmod(offset, self.kernel)
            seen = padded[..., top : top + stride * h : stride, left : left + stride * w : stride]
            term = seen * kernels[:, :, :, offset]
            total = term if total is None else total + term
        return total.flatten(1, 2)
