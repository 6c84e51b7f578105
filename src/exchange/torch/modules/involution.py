"""Involution: a convolution's kernel is made anew at each place."""

import torch
from torch import nn
from torch.nn import functional as F

from .layers import BatchNorm, average_pool
from .windows import attend, products, weighted_sum


class Involution(nn.Module):
    """
    Involution (Li et al. 2021, section 3): at each place a K×K kernel a group of channels, made of the pixel there by
    two 1×1 convolutions, with batch norm and ReLU between (`paper`) or with nothing (`linear`). With a stride the
    kernel is made of the average of the pixels. `bound` keeps kernels from growing: `tanh`, or `l2` by their length.
    """

    def __init__(
        self, channels, groups, reduction_ratio, kernel_size, stride=1, dilation=1, generator="paper",
        bound="none",
    ):
        super().__init__()
        reduced = max(1, channels // reduction_ratio)
        self.groups, self.bound, self.stride = groups, bound, stride
        self.window = kernel_size, stride, dilation
        self.reduce = nn.Conv2d(channels, reduced, 1, bias=False)
        self.reduce_bn = BatchNorm(reduced, "relu") if generator == "paper" else nn.Identity()
        self.span = nn.Conv2d(reduced, groups * kernel_size**2, 1)

    def forward(self, x):
        seen = average_pool(x, self.stride) if self.stride > 1 else x
        kernel = self.span(self.reduce_bn(self.reduce(seen))).unflatten(1, (self.groups, -1))
        if self.bound == "tanh":
            kernel = kernel.tanh()
        elif self.bound == "l2":
            kernel = kernel * (kernel.square().sum(2, keepdim=True) + 1e-3).rsqrt()
        return weighted_sum(x, kernel, *self.window)


class RelationalInvolution(nn.Module):
    """
    Involution whose kernel is made of more than the pixel, or of nothing of it: `query-key` are the products of a query
    with the keys around, `query-key-softmax` their softmax, `position` the place in the window alone.
    """

    def __init__(self, channels, generation, groups, reduction_ratio, kernel_size, stride=1, dilation=1):
        super().__init__()
        self.generation, self.groups, self.stride = generation, groups, stride
        self.window = kernel_size, stride, dilation
        if generation == "position":
            self.position_kernel = nn.Parameter(torch.zeros(kernel_size, kernel_size, groups))
        else:
            embedded = max(1, channels // reduction_ratio)
            self.query = nn.Conv2d(channels, embedded, 1, bias=False)
            self.key = nn.Conv2d(channels, embedded, 1, bias=False)

    def forward(self, x):
        if self.generation == "position":
            channels = x.shape[1]
            kernel = self.position_kernel.permute(2, 0, 1).repeat_interleave(channels // self.groups, 0)
            return F.conv2d(x, kernel[:, None], None, self.stride, len(self.position_kernel) // 2, groups=channels)
        seen = average_pool(x, self.stride) if self.stride > 1 else x
        kernel = products(self.query(seen), self.key(x), self.groups, *self.window)
        if self.generation == "query-key-softmax":
            return attend(kernel, x, *self.window)
        return weighted_sum(x, kernel, *self.window)
