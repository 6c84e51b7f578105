"""Numbers of PyTorch that tests compare with: src/exchange/timm.golden.json and fine-tuning.golden.json.

    pip install torch torchvision timm keras safetensors
    python scripts/timm-golden.py [names|logits|tuning]…

Weights and images are functions of names and indices alone, which src/exchange/timm.testing.ts repeats, so that no file of
weights is needed. One part at a time keeps the others as they are.
"""

import hashlib
import json
import math
import os
import sys

import numpy
import timm
import torch
import torch.nn.functional as F
import torchvision

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "exchange")
CLASSES = 7


def values(name, shape):
    """Of a tensor of that name: like random ones, and the same everywhere."""
    n = int(numpy.prod(shape))
    h = sum(map(ord, name)) % 1000
    s = numpy.sin(12.9898 * numpy.arange(1, n + 1) + h) * 43758.5453
    s = 2 * (s - numpy.floor(s)) - 1
    if name.endswith("running_var"):
        v = 1 + 0.3 * s
    elif name.endswith(("running_mean", "bias")):
        v = 0.1 * s
    elif len(shape) == 1:
        v = 1 + 0.2 * s
    else:
        v = s * math.sqrt(6 / (n / shape[0]))
    return torch.tensor(v.astype(numpy.float32)).reshape(shape)


def fill(model, scale=True):
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if "num_batches" in name:
                continue
            if not scale and name.endswith("bn.weight"):
                tensor.fill_(1)
            else:
                tensor.copy_(values(name, tuple(tensor.shape)))
    return model


def nchw(images):
    return torch.tensor(images.astype(numpy.float32)).permute(0, 3, 1, 2).contiguous()


def digest(shapes):
    lines = sorted(f"{name} {','.join(map(str, shape))}" for name, shape in shapes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def shapes_of(model):
    return [(k, tuple(v.shape)) for k, v in model.state_dict().items() if "num_batches" not in k]


def names(golden):
    """Digests of the names and shapes of whole networks."""
    networks = ["tf_efficientnet_b%d" % n for n in range(8)]
    networks += ["resnet50", "resnet101", "resnet152", "seresnet50", "legacy_xception", "inception_v3"]
    with torch.device("meta"):
        models = {name: timm.create_model(name, num_classes=CLASSES) for name in networks}
        models["torchvision resnet50"] = torchvision.models.resnet50(num_classes=CLASSES)
    for name, model in models.items():
        golden.setdefault(name, {})["digest"] = digest(shapes_of(model))
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    for name, size in [("EfficientNetB0", 64), ("Xception", 72)]:
        keras.backend.clear_session()
        make = getattr(keras.applications, name)
        model = make(weights=None, classes=CLASSES, input_shape=(size, size, 3))
        shapes = [(w.path, tuple(w.shape)) for w in model.weights if not w.path.startswith("normalization")]
        golden.setdefault("Keras " + name, {})["digest"] = digest(shapes)


def logits(golden):
    """Of two images. Inception V3 leaves the border out of its average pooling, and has no scale in its batch norms."""
    networks = [("tf_efficientnet_b0", 64), ("resnet50", 64), ("seresnet50", 64)]
    networks += [("legacy_xception", 71), ("inception_v3", 80)]
    average = F.avg_pool2d
    for name, size in networks:
        i = numpy.arange(2 * size * size * 3)
        images = nchw((numpy.sin(0.013 * i) + 0.5 * numpy.sin(0.37 * i)).reshape(2, size, size, 3))
        model = fill(timm.create_model(name, num_classes=CLASSES).eval(), name != "inception_v3")
        if name == "inception_v3":
            F.avg_pool2d = lambda *given, **more: average(*given, **more, count_include_pad=False)
        with torch.no_grad():
            out = model(images)
        F.avg_pool2d = average
        golden.setdefault(name, {}).update(size=size, logits=[round(float(v), 6) for v in out.flatten()])


def batch(step, count=8, size=64):
    """Images whose brightness tells their class."""
    labels = (numpy.arange(count) + step) % CLASSES
    noise = values(f"image {step}", (count * size * size * 3, 1, 1)).numpy() / math.sqrt(6)
    x = noise.reshape(count, size, size, 3) + (labels - 3).reshape(count, 1, 1, 1) * 0.5
    return nchw(x), torch.tensor(labels)


def tuning():
    """Losses of twenty steps from the same weights, batch norm in training mode."""
    found = {}
    for name in ("sgd", "adamw"):
        model = timm.create_model("tf_efficientnet_b0", num_classes=CLASSES, drop_rate=0.0, drop_path_rate=0.0)
        model = fill(model).train()
        kernels = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": kernels}, {"params": others, "weight_decay": 0.0}]
        if name == "sgd":
            optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
        else:
            optimizer = torch.optim.AdamW(groups, lr=1e-4, weight_decay=0.05)
        losses = []
        for step in range(20):
            images, labels = batch(step)
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(round(loss.item(), 6))
        found[name] = losses
    return found


def main():
    parts = sys.argv[1:] or ["names", "logits", "tuning"]
    path = os.path.join(HERE, "timm.golden.json")
    golden = json.load(open(path)) if os.path.exists(path) else {}
    if "names" in parts:
        names(golden)
    if "logits" in parts:
        logits(golden)
    json.dump(golden, open(path, "w"), indent=2)
    if "tuning" in parts:
        json.dump(tuning(), open(os.path.join(HERE, "fine-tuning.golden.json"), "w"), indent=2)


main()
