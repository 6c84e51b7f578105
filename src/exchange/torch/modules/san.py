"""The self-attention of self-attention networks."""

import torch
from torch import nn

from .layers import BatchNorm, average_pool
from .windows import products, window


class SelfAttentionModule(nn.Module):
    """
    Pairwise and patchwise self-attention (Zhao et al. 2020, sections 3.1 and 3.2) over a K×K footprint on the reflected
    map: weights of what relates φ(x) to ψ(x), through linear maps with batch norm and ReLU before each; pairwise from two
    places, with a softmax, patchwise from the whole footprint at once. Channel c takes weight c mod (filters / share).
    With a stride the result is averaged.
    """

    def __init__(
        self, channels, filters, share, relation_channels, kernel_size, type, relation, mapping,
        position=False, stride=1,
    ):
        super().__init__()
        self.type, self.relation, self.position_used, self.stride = type, relation, position, stride
        self.kernel_size, self.groups = kernel_size, filters // share
        taps, r = kernel_size**2, relation_channels
        self.query = nn.Conv2d(channels, r, 1)
        self.key = nn.Conv2d(channels, r, 1)
        self.value = nn.Conv2d(channels, filters, 1)
        if position:
            self.position = nn.Conv2d(2, 2, 1)
        if type == "pairwise":
            first = {"dot": 1, "concatenation": 2 * r}.get(relation, r) + (2 if position else 0)
            between, last = r, self.groups
        else:
            first = {"concatenation": r * (taps + 1), "star": taps, "clique": taps**2}[relation]
            between, last = self.groups, self.groups * taps
        widths = [first] + [between] * mapping.count("R") + [last]
        self.maps = len(widths) - 1
        for i in range(self.maps):
            self.add_module(f"map{i + 1}_bn", BatchNorm(widths[i], "relu"))
            self.add_module(f"map{i + 1}", nn.Conv2d(widths[i], widths[i + 1], 1, bias=False))
        self.map_bias = nn.Parameter(torch.zeros(last))

    def forward(self, x):
        weights = self.pairwise(x) if self.type == "pairwise" else self.patchwise(x)
        groups = (-1, self.groups)
        taps = enumerate(self.around(self.value(x)))
        y = sum(weights[:, None, :, tap] * seen.unflatten(1, groups) for tap, seen in taps).flatten(1, 2)
        return average_pool(y, self.stride) if self.stride > 1 else y

    def around(self, x):
        return window(x, self.kernel_size, border="reflect")

    def mapped(self, relation):
        for i in range(1, self.maps + 1):
            relation = getattr(self, f"map{i}")(getattr(self, f"map{i}_bn")(relation))
        return relation + self.map_bias[:, None, None]

    def pairwise(self, x):
        """[B, groups, K², H, W]"""
        query, key = self.query(x), self.key(x)
        if self.relation in ("hadamard", "dot"):
            groups = 1 if self.relation == "dot" else key.shape[1]
            related = products(query, key, groups, self.kernel_size, border="reflect")
        else:
            keys = torch.stack(list(self.around(key)), 2)
            centre = query[:, :, None].expand_as(keys)
            if self.relation == "concatenation":
                related = torch.cat([centre, keys], 1)
            else:
                related = centre + keys if self.relation == "sum" else centre - keys
        if self.position_used:
            place = self.position(self.coordinates(x))
            offset = torch.stack([place - seen for seen in self.around(place)], 2)
            related = torch.cat([related, offset.expand(len(x), -1, -1, -1, -1)], 1)
        return self.mapped(related.flatten(3)).softmax(2).unflatten(3, x.shape[-2:])

    def patchwise(self, x):
        """[B, groups, K², H, W]"""
        query, key = self.query(x), self.key(x)
        if self.relation == "star":
            related = products(query, key, 1, self.kernel_size, border="reflect")[:, 0]
        elif self.relation == "concatenation":
            related = torch.cat([query, torch.stack(list(self.around(key)), 2).flatten(1, 2)], 1)
        else:
            queries, keys = (torch.stack(list(self.around(each)), 2) for each in (query, key))
            related = torch.einsum("bcihw,bcjhw->bijhw", queries, keys).flatten(1, 2)
        return self.mapped(related).unflatten(1, (self.groups, -1))

    @staticmethod
    def coordinates(x):
        """x and y of each place, from −1 to 1."""
        rows, columns = (torch.linspace(-1, 1, length, device=x.device) for length in x.shape[-2:])
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        return torch.stack([x, y])[None]
