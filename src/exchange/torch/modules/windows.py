"""What operators on the K×K window around each place have in common: taps of a window, row by row."""

import math

import torch
from torch.nn import functional as F


def window(x, kernel_size, stride=1, dilation=1, border="constant"):
    """The map as each place sees it through every tap of its window: K² maps [B, C, ⌈H/s⌉, ⌈W/s⌉], one by one."""
    height, width = (math.ceil(length / stride) for length in x.shape[-2:])
    reach = dilation * (kernel_size // 2)
    x = F.pad(x, (reach, reach, reach, reach), mode=border)
    for tap in range(kernel_size**2):
        top, left = (dilation * place for place in divmod(tap, kernel_size))
        bottom, right = top + stride * (height - 1) + 1, left + stride * (width - 1) + 1
        yield x[..., top:bottom:stride, left:right:stride]


def weighted_sum(x, weights, kernel_size, stride=1, dilation=1):
    """Σ over the taps of weights · x. Weights [B, groups, K², H, W]: neighbouring channels, a group, share them."""
    groups = (weights.shape[1], -1)
    taps = enumerate(window(x, kernel_size, stride, dilation))
    return sum(weights[:, :, tap, None].mul(seen.unflatten(1, groups)) for tap, seen in taps).flatten(1, 2)


def products(query, key, groups, kernel_size, stride=1, dilation=1, border="constant"):
    """q·k of each place with every tap of its window, summed over the channels of each group: [B, groups, K², H, W]."""
    taps = window(key, kernel_size, stride, dilation, border)
    return torch.stack([(query * seen).unflatten(1, (groups, -1)).sum(2) for seen in taps], 2)


def attend(logits, x, kernel_size, stride=1, dilation=1, border="mask"):
    """The sum of x by the softmax of logits [B, groups, K², H, W]; `mask` leaves out what lies beyond the border."""
    if border == "mask":
        inside = torch.ones_like(x[:1, :1])
        inside = torch.stack(list(window(inside, kernel_size, stride, dilation)), 2)
        logits = logits.masked_fill(inside == 0, -math.inf)
    return weighted_sum(x, logits.softmax(2), kernel_size, stride, dilation)
