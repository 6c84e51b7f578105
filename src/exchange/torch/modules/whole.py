"""Attention to all places of the map, or to all of a row or a column."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from .layers import BatchNorm, average_pool


class GlobalSelfAttention(nn.Module):
    """
    Self-attention of each place to all places of a map of this size (Srinivas et al. 2021, section 3): softmax of
    q·k + q·r, r the embedding of the row offset plus that of the column offset. With a stride the result is averaged.
    """

    def __init__(self, channels, heads, height, width, position="relative", stride=1):
        super().__init__()
        self.heads, self.position, self.stride = heads, position, stride
        self.query = nn.Conv2d(channels, channels, 1, bias=False)
        self.key = nn.Conv2d(channels, channels, 1, bias=False)
        self.value = nn.Conv2d(channels, channels, 1, bias=False)
        if position == "relative":
            self.row_table = nn.Parameter(torch.zeros(2 * height - 1, channels // heads))
            self.column_table = nn.Parameter(torch.zeros(2 * width - 1, channels // heads))

    def forward(self, x):
        query, key, value = (f(x).unflatten(1, (self.heads, -1)) for f in (self.query, self.key, self.value))
        query = query * query.shape[2] ** -0.5
        logits = torch.einsum("bndhw,bndyx->bnhwyx", query, key)
        if self.position == "relative":
            rows, columns = (self.by_places(table) for table in (self.row_table, self.column_table))
            logits = logits + torch.einsum("bndhw,hyd->bnhwy", query, rows)[..., None]
            logits = logits + torch.einsum("bndhw,wxd->bnhwx", query, columns)[..., None, :]
        weights = logits.flatten(4).softmax(-1).view_as(logits)
        y = torch.einsum("bnhwyx,bndyx->bndhw", weights, value).flatten(1, 2)
        return average_pool(y, self.stride) if self.stride > 1 else y

    @staticmethod
    def by_places(table):
        """Entry j − i of a table of offsets, for each place i and key j."""
        places = torch.arange((len(table) + 1) // 2, device=table.device)
        return table[places[None] - places[:, None] + len(places) - 1]


class AxialAttention(nn.Module):
    """
    Position-sensitive axial attention (Wang et al. 2020, section 3.2, equation 4) along the height or the width:
    softmax of q·k + q·r^q + k·r^k, each through batch norm, and the sums of v and of r^v, each through another. With a
    `span` a place sees only the keys around it. With a stride the result is averaged.
    """

    def __init__(self, channels, axis, length, heads, positions, span=None, table_span=None, stride=1):
        super().__init__()
        self.axis, self.heads, self.stride = axis, heads, stride
        self.reach = span // 2 if span is not None and span < length else length - 1
        width = channels // heads
        self.qkv = nn.Conv2d(channels, 2 * channels, 1, bias=False)
        self.qkv_bn = BatchNorm(2 * channels)
        self.positions = positions
        entries = 2 * (table_span or span or length) - 1
        for name in positions:
            table = torch.zeros(entries, width if name == "value" else width // 2)
            self.register_parameter(f"{name}_table", nn.Parameter(table))
        self.query_key_bn, self.value_bn = BatchNorm(heads), BatchNorm(channels)
        if "query" in positions:
            self.query_position_bn = BatchNorm(heads)
        if "key" in positions:
            self.key_position_bn = BatchNorm(heads)
        if "value" in positions:
            self.value_position_bn = BatchNorm(channels)

    def forward(self, x):
        # Rows as they are; columns by turning the map: each line [lines, heads, channels, length] for itself.
        z = self.qkv_bn(self.qkv(x))
        z = z.transpose(2, 3) if self.axis == "height" else z
        batch, _, lines, length = z.shape
        z = z.transpose(1, 2).flatten(0, 1).unflatten(1, (self.heads, -1))
        width = z.shape[2] // 2
        query, key, value = z.split([width // 2, width // 2, width], 2)

        logits = self.query_key_bn(torch.einsum("lnci,lncj->lnij", query, key))
        if "query" in self.positions:
            table = self.by_places(self.query_table, length)
            logits = logits + self.query_position_bn(torch.einsum("lnci,ijc->lnij", query, table))
        if "key" in self.positions:
            table = self.by_places(self.key_table, length)
            logits = logits + self.key_position_bn(torch.einsum("lncj,jic->lnij", key, table))
        far = self.offsets(length, x.device).abs() > self.reach
        weights = logits.masked_fill(far, -math.inf).softmax(-1)

        y = self.value_bn(self.as_map(torch.einsum("lnij,lncj->lnci", weights, value), batch))
        if "value" in self.positions:
            table = self.by_places(self.value_table, length)
            y = y + self.value_position_bn(self.as_map(torch.einsum("lnij,ijc->lnci", weights, table), batch))
        return average_pool(y, self.stride) if self.stride > 1 else y

    def as_map(self, lines, batch):
        y = lines.flatten(1, 2).unflatten(0, (batch, -1)).transpose(1, 2)
        return y.transpose(2, 3) if self.axis == "height" else y

    @staticmethod
    def offsets(length, device):
        places = torch.arange(length, device=device)
        return places[:, None] - places

    def by_places(self, table, length):
        """Entry i − j of a table whose middle is the offset 0, for each two places i and j; zeros beyond its ends."""
        offset, middle = self.offsets(length, table.device), len(table) // 2
        beyond = max(0, length - 1 - middle)
        return F.pad(table, (0, 0, beyond, beyond))[offset + middle + beyond]
