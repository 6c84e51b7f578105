"""How a network is put together, loaded and used."""

import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn

FOLDER = Path(__file__).resolve().parent
CONFIG = json.loads((FOLDER / "config.json").read_text("utf-8"))


class Layers(nn.Module):
    """Layers by their names. Each takes what the one before it puts out, or the outputs that it names."""

    def __init__(self):
        super().__init__()
        self.steps = []
        self.last_use = {}

    def add(self, name, layer, *inputs):
        inputs = inputs or (self.steps[-1][0] if self.steps else "images",)
        self.last_use.update(dict.fromkeys(inputs, len(self.steps)))
        self.steps.append((name, inputs))
        place = self
        *path, last = name.split(".")
        for part in path:
            if part not in place._modules:
                place.add_module(part, nn.Module())
            place = place._modules[part]
        place.add_module(last, layer)

    def forward(self, images):
        outputs = {"images": images}
        for step, (name, inputs) in enumerate(self.steps):
            outputs[name] = self.get_submodule(name)(*(outputs[each] for each in inputs))
            for each in set(inputs):
                if self.last_use[each] == step:
                    del outputs[each]
        return outputs[name]


def read_tensors(path):
    """The tensors of a safetensors file; all are float32."""
    content = bytearray(Path(path).read_bytes())
    (length,) = struct.unpack_from("<Q", content)
    start, tensors = 8 + length, {}
    for name, about in json.loads(content[8:start]).items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            values = torch.frombuffer(content, dtype=torch.float32, offset=start + begin, count=(end - begin) // 4)
            tensors[name] = values.view(about["shape"])
    return tensors


def load_model():
    """The network with its weights, for inference."""
    model = Network()
    model.load_state_dict(read_tensors(FOLDER / "model.safetensors"))
    return model.eval()


def fit(image):
    """A picture of PIL's, of any size, as pixels [size, size, 3] in the way of the training."""
    from PIL import Image, ImageOps

    size, way = CONFIG["input_size"], CONFIG["resize"]
    image = ImageOps.exif_transpose(image).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    sides = image.size
    if way == "crop":
        short = round(size / CONFIG["crop_fraction"])
        wanted = [short * side // min(sides) for side in sides]
    elif way == "pad":
        wanted = [max(1, round(size * side / max(sides))) for side in sides]
    else:
        wanted = [size, size]
    left, top = (round((side - size) / 2) if side > size else (side - size + 1) // 2 for side in wanted)
    image = image.resize(wanted, Image.Resampling.LANCZOS)
    # What lies beyond the picture is black.
    image = image.crop((left, top, left + size, top + size))
    return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(size, size, 3)


def normalised(pixels):
    """Pixels [..., size, size, 3] as the network takes them, [..., 3, size, size]."""
    mean, std = torch.tensor(CONFIG["mean"]), torch.tensor(CONFIG["std"])
    return ((pixels / 255 - mean) / std).movedim(-1, -3)


def main(paths):
    """Prints what each picture shows, and of what share of its pixels where each of them has a class."""
    from PIL import Image

    model = load_model()
    for path in paths:
        with torch.no_grad():
            shares = model(normalised(fit(Image.open(path)))[None]).softmax(1)[0]
        if shares.dim() == 3:
            shares = torch.bincount(shares.argmax(0).flatten(), minlength=len(shares)) / shares[0].numel()
        for share, i in zip(*shares.topk(min(5, len(shares)))):
            print(f"{path}: {CONFIG['classes'][i]} {share:.4f}")
