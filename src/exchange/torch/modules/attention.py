"""Attention to the places around, in its forms."""

import torch
from torch import nn
from torch.nn import functional as F

from .layers import average_pool
from .windows import attend, products, window


class LocalSelfAttention(nn.Module):
    """
    Local self-attention (Ramachandran et al. 2019, section 3): softmax of q·k + q·r over the K×K window, r of the row
    offset in half of a head's channels and of the column offset in the other half. With a stride the result is averaged.
    """

    def __init__(
        self, channels, heads, kernel_size, stride=1, dilation=1, relation="dot", position="relative",
        padding="mask",
    ):
        super().__init__()
        self.heads, self.kernel_size, self.stride, self.dilation = heads, kernel_size, stride, dilation
        self.relation, self.position, self.padding = relation, position, padding
        self.query = nn.Conv2d(channels, channels, 1, bias=False)
        if relation == "dot":
            self.key = nn.Conv2d(channels, channels, 1, bias=False)
        self.value = nn.Conv2d(channels, channels, 1, bias=False)
        if position == "relative":
            self.row_table = nn.Parameter(torch.zeros(channels // heads // 2, kernel_size))
            self.column_table = nn.Parameter(torch.zeros(channels // heads // 2, kernel_size))

    def forward(self, x):
        query, logits = self.query(x), 0
        if self.relation == "dot":
            logits = products(query, self.key(x), self.heads, self.kernel_size, dilation=self.dilation)
        if self.position == "relative":
            size = (-1, self.kernel_size, self.kernel_size)
            table = torch.cat([self.row_table[:, :, None].expand(size), self.column_table[:, None].expand(size)])
            heads = query.unflatten(1, (self.heads, -1))
            logits = logits + torch.einsum("bndhw,dt->bnthw", heads, table.flatten(1))
        y = attend(logits, self.value(x), self.kernel_size, 1, self.dilation, self.padding)
        return average_pool(y, self.stride) if self.stride > 1 else y


class AttentionStem(nn.Module):
    """
    The stem of Ramachandran et al. 2019 (section 3.2): in each 4×4 block every pixel attends to all of the block; values
    are a mixture of `mixtures` matrices that goes by the place in the block. [B, C, H, W] → [B, filters, H/4, 16·W/4],
    the 16 pixels of a block side by side.
    """

    def __init__(self, channels, filters, heads, mixtures, embedding):
        super().__init__()
        self.heads = heads
        self.query = nn.Conv2d(channels, filters, 1, bias=False)
        self.key = nn.Conv2d(channels, filters, 1, bias=False)
        self.value = nn.Conv2d(mixtures * channels, filters, 1, bias=False)
        self.row_embedding = nn.Parameter(torch.zeros(4, embedding))
        self.column_embedding = nn.Parameter(torch.zeros(4, embedding))
        self.mixture_embedding = nn.Parameter(torch.zeros(embedding, mixtures))

    def forward(self, x):
        rows, columns = x.shape[2] // 4, x.shape[3] // 4
        blocks = x.unflatten(2, (rows, 4)).unflatten(4, (columns, 4)).permute(0, 2, 4, 1, 3, 5).flatten(0, 2)
        places = self.row_embedding[:, None] + self.column_embedding[None]
        shares = (places @ self.mixture_embedding).softmax(-1).permute(2, 0, 1)
        mixed = (blocks[:, None] * shares[:, None]).flatten(1, 2)
        # From every pixel a window of 7×7 reaches all of its block.
        logits = products(self.query(blocks), self.key(blocks), self.heads, 7)
        y = attend(logits, self.value(mixed), 7).flatten(2)
        return y.unflatten(0, (-1, rows, columns)).permute(0, 3, 1, 2, 4).flatten(3)


class BlockMaxPooling(nn.Module):
    """The largest of the 16 pixels of a block that AttentionStem puts side by side."""

    def forward(self, x):
        return F.max_pool2d(x, (1, 16))


class LocalRelation(nn.Module):
    """
    Local relation layer (Hu et al. 2019, equation 2): a scalar query and key for each group of m channels, their
    relation plus a prior of the offset alone, softmax over the window, and a 1×1 convolution behind.
    """

    def __init__(
        self, channels, channels_per_group, kernel_size, relation, stride=1, dilation=1,
        geometry_prior=True,
    ):
        super().__init__()
        self.groups = -(-channels // channels_per_group)
        self.missing = self.groups * channels_per_group - channels
        self.window, self.relation, self.geometry_prior = (kernel_size, stride, dilation), relation, geometry_prior
        self.query = nn.Conv2d(channels, self.groups, 1, stride, bias=False)
        self.key = nn.Conv2d(channels, self.groups, 1, bias=False)
        if geometry_prior:
            self.geometry_hidden = nn.Linear(2, self.groups, bias=False)
            self.geometry_out = nn.Linear(self.groups, self.groups, bias=False)
        self.output = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x):
        query, key = self.query(x), self.key(x)
        if self.relation == "product":
            logits = products(query, key, self.groups, *self.window)
        else:
            difference = torch.stack([query - seen for seen in window(key, *self.window)], 2)
            logits = -difference.square() if self.relation == "squared-difference" else -difference.abs()
        if self.geometry_prior:
            logits = logits + self.prior(x)[..., None, None]
        # The last group may be smaller: channels of zero fill it up, and go again.
        filled = F.pad(x, (0, 0, 0, 0, 0, self.missing))
        return self.output(attend(logits, filled, *self.window)[:, : x.shape[1]])

    def prior(self, x):
        reach = self.window[0] // 2
        along = torch.arange(-reach, reach + 1, device=x.device) / max(1, reach)
        dy, dx = torch.meshgrid(along, along, indexing="ij")
        offsets = torch.stack([dx, dy], -1).flatten(0, 1)
        return self.geometry_out(F.relu(self.geometry_hidden(offsets))).T
