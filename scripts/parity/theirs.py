"""Computes again in PyTorch, torchvision and timm what ours.mjs has computed, and prints the largest differences as JSON.

    python theirs.py FOLDER
"""

import json
import re
import sys
from pathlib import Path

import timm
import timm.optim
import torch
import torchvision
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))
import segmentation  # noqa: E402
import wide  # noqa: E402

folder = Path(sys.argv[1])
values = load_file(folder / "values.safetensors")
cases = json.loads((folder / "cases.json").read_text())["cases"]


def weights_of(case: str) -> dict:
    """The weights of a case by their names, in float64."""
    start = f"{case}/"
    names = [name for name in values if name.startswith(start) and name not in (f"{case}/x", f"{case}/y")]
    return {name[len(start) :]: values[name].double() for name in names}


def nchw(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def oihw(kernel: torch.Tensor, name: str) -> torch.Tensor:
    """A kernel as PyTorch has it: [kh,kw,in,out], of a depthwise convolution [kh,kw,C,1], of a dense layer [in,out]."""
    if kernel.dim() == 2:
        return kernel.T
    return kernel.permute(2, 3, 0, 1) if "depthwise" in name else kernel.permute(3, 2, 0, 1)


# --- layers ---


def octave(x: torch.Tensor, weights: dict, alpha: float, stride: int, lowToHigh: str) -> torch.Tensor:
    """Chen et al. 2019; with stride 2 as the authors' code, or with the low part averaged first."""
    kernel = {re.search(r"(\w+)_kernel$", name)[1]: oihw(value, "") for name, value in weights.items()}
    high_channels = x.shape[1] - int(x.shape[1] * alpha)
    high, low = x[:, :high_channels], F.avg_pool2d(x[:, high_channels:], 2)

    def convolve(part: torch.Tensor, path: str) -> torch.Tensor:
        return F.conv2d(part, kernel[path], padding=1)

    if stride == 2:
        high = F.avg_pool2d(high, 2)
        seen = F.avg_pool2d(low, 2)
    else:
        seen = low
    if stride == 2 and lowToHigh == "unpooled":
        crossed = convolve(low, "low_to_high")
    else:
        crossed = F.interpolate(convolve(seen, "low_to_high"), scale_factor=2, mode="nearest")
    made_high = convolve(high, "high_to_high") + crossed
    made_low = convolve(seen, "low_to_low") + convolve(F.avg_pool2d(high, 2), "high_to_low")
    return torch.cat([made_high, F.interpolate(made_low, scale_factor=2, mode="nearest")], 1)


def layer(case: dict) -> tuple:
    name, weights = case["id"], weights_of(case["id"])
    x = nchw(values[f"{name}/x"]).double()
    kernel = weights.get("layer/kernel")
    if name.startswith("convolution"):
        weight = oihw(kernel, name)
        return F.conv2d(x, weight, weights["layer/bias"], case["stride"], 1), "torch.nn.functional.conv2d"
    if name == "depthwise":
        return F.conv2d(x, oihw(kernel, name), padding=2, groups=x.shape[1]), "torch.nn.functional.conv2d, groups"
    if name == "max-pooling":
        return F.max_pool2d(x, 3, 2, 1), "torch.nn.functional.max_pool2d"
    if name.startswith("batch-norm"):
        gamma, beta, mean, variance = (
            weights[f"layer/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        # What is stored was read before the step in training moved it.
        return (
            F.batch_norm(x, mean, variance, gamma, beta, training=case["inTraining"], eps=1e-5),
            "torch.nn.functional.batch_norm",
        )
    return octave(x, weights, case["alpha"], case["stride"], case["lowToHigh"]), "OctConv's code in PyTorch"


# --- networks ---


def resnet_name(layer: str) -> str:
    layer = re.sub(r"^stem/conv$", "conv1", re.sub(r"^stem/bn$", "bn1", layer))
    layer = re.sub(r"^head/classifier$", "fc", layer)
    parts = {"reduce": "conv1", "spatial": "conv2", "expand": "conv3", "shortcut": "downsample.0"}
    norms = {"reduce_bn": "bn1", "spatial_bn": "bn2", "expand_bn": "bn3", "shortcut_bn": "downsample.1"}
    found = re.match(r"stage(\d)/block(\d+)/(\w+)$", layer)
    if not found:
        return layer
    return f"layer{found[1]}.{int(found[2]) - 1}.{({**parts, **norms})[found[3]]}"


def efficientnet_name(layer: str) -> str:
    fixed = {"stem/conv": "conv_stem", "stem/bn": "bn1", "head/conv": "conv_head", "head/bn": "bn2"}
    if layer in fixed:
        return fixed[layer]
    if layer == "head/classifier":
        return "classifier"
    stage, block, part = re.match(r"stage(\d)/block(\d+)/(.*)$", layer).groups()
    expanding = {"expand": "conv_pw", "expand_bn": "bn1", "depthwise": "conv_dw", "depthwise_bn": "bn2"}
    last = {"project": "conv_pwl", "project_bn": "bn3"}
    first = {"depthwise": "conv_dw", "depthwise_bn": "bn1", "project": "conv_pw", "project_bn": "bn2"}
    parts = {**(first if stage == "2" else {**expanding, **last}), "se": "se"}
    return f"blocks.{int(stage) - 2}.{int(block) - 1}.{parts[part]}"


def wide_name(layer: str) -> str:
    blocks = 2
    if layer == "stem/conv":
        return "0"
    if layer == "head/in_bn":
        return str(1 + 3 * blocks)
    if layer == "head/classifier":
        return str(1 + 3 * blocks + 4)
    group, block, part = re.match(r"group(\d)/block(\d+)/(\w+)$", layer).groups()
    parts = {"bn1": "norm1", "bn2": "norm2", "conv1": "conv1", "conv2": "conv2", "shortcut": "shortcut"}
    return f"{1 + (int(group) - 1) * blocks + int(block) - 1}.{parts[part]}"


def pyramid_name(layer: str) -> str:
    norm, place = layer.endswith("_bn"), re.sub(r"_bn$", "", layer)
    scored = {"head/score": "score", "stem/conv": "stem.0", "stem/bn": "stem.1"}
    if layer in scored:
        return scored[layer]
    stem = {"conv1": 0, "bn1": 1, "involution": 3, "involution_bn": 4, "conv2": 6, "bn2": 7}
    part, *rest = layer.split("/")
    if part == "stem":
        return f"stem.{stem[rest[0]]}"
    level = int(re.search(r"stage(\d)", layer)[1]) - 1
    if part == "neck":
        return f"{'laterals' if rest[1] == 'lateral' else 'necks'}.{level}"
    if part == "head":
        step = int(re.search(r"step(\d)", layer)[1]) - 1
        return f"scales.{level}.{4 * step + norm}"
    block = int(re.search(r"block(\d+)", layer)[1]) - 1
    part = place.split("/")[-1]
    if part == "shortcut":
        return f"stages.{level}.{block}.shortcut.{int(norm)}"
    return f"stages.{level}.{block}.path.{ {'reduce': 0, 'spatial': 3, 'expand': 6}[part] + norm}"


def unified_name(layer: str) -> str:
    norm, place = int(layer.endswith("_bn")), re.sub(r"_bn$", "", layer)
    if place == "head/fuse":
        return f"fuse.{norm}"
    if not place.startswith("neck/"):
        return pyramid_name(layer)
    _, stage, *rest = place.split("/")
    if rest == ["fuse"]:
        return f"context.{norm}"
    if rest[0].startswith("bins"):
        return f"pools.{['bins1', 'bins2', 'bins3', 'bins6'].index(rest[0])}.{1 + norm}"
    return f"{ {'lateral': 'laterals', 'spatial': 'necks'}[rest[0]]}.{int(stage[-1]) - 1}.{norm}"


NETWORKS = {
    "resnet-50": (lambda n: torchvision.models.resnet50(num_classes=n), resnet_name, "torchvision resnet50"),
    "efficientnet-b0": (
        lambda n: timm.create_model("tf_efficientnet_b0", num_classes=n),
        efficientnet_name,
        "timm tf_efficientnet_b0",
    ),
    "wrn-16-2": (lambda n: wide.wide_resnet(16, 2, n), wide_name, "scripts/peers/wide.py"),
    **{
        name: (
            lambda n, name=name: segmentation.build(name, classes=n),
            rename,
            "scripts/peers/segmentation.py",
        )
        for name, rename in (
            ("fpn-tiny", pyramid_name),
            ("fpn-tiny-involution", pyramid_name),
            ("upernet-tiny", unified_name),
        )
    },
}
WEIGHTS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "reduce_kernel": "conv_reduce.weight",
    "reduce_bias": "conv_reduce.bias",
    "expand_kernel": "conv_expand.weight",
    "expand_bias": "conv_expand.bias",
}
# What a kernel of involution is made by has other names.
GENERATOR = {
    "reduce_kernel": "generate.0.weight",
    **{f"reduce_{name}": f"generate.1.{WEIGHTS[name]}" for name in ("gamma", "beta", "moving_mean", "moving_variance")},
    "span_kernel": "generate.3.weight",
    "span_bias": "generate.3.bias",
}


def network(case: dict) -> tuple:
    make, rename, reference = NETWORKS[case["id"]]
    model = make(case["classes"]).double().eval()
    state = {}
    for name, value in weights_of(case["id"]).items():
        place, weight = name.rsplit("/", 1)
        value = oihw(value, place) if weight.endswith("kernel") else value
        names = {**WEIGHTS, **GENERATOR} if rename is pyramid_name else WEIGHTS
        state[f"{rename(place)}.{names[weight]}"] = value
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{case['title']}: without a weight {missing[:3]}, without a place {unexpected[:3]}")
    with torch.no_grad():
        return model(nchw(values[f"{case['id']}/x"]).double()), reference


# --- optimizers and schedules ---


def optimizer_of(config: dict, parameters: list) -> tuple:
    rate, decay = config["learningRate"], config["weightDecay"]
    name = config["name"]
    if name == "sgd":
        made = torch.optim.SGD(parameters, rate, config["momentum"], nesterov=config["nesterov"], weight_decay=decay)
    elif name in ("adam", "adamw"):
        betas = (config["beta1"], config["beta2"])
        made = torch.optim.AdamW(parameters, rate, betas, config["epsilon"], weight_decay=decay)
    elif name == "rmsprop":
        made = torch.optim.RMSprop(parameters, rate, config["decay"], config["epsilon"], 0, config["momentum"])
    elif name == "lion":
        made = timm.optim.Lion(parameters, rate, (config["beta1"], config["beta2"]), weight_decay=decay)
    else:
        betas = (config["beta1"], config["beta2"])
        made = timm.optim.Lamb(parameters, rate, betas=betas, eps=config["epsilon"], weight_decay=decay, max_grad_norm=None)
    return made, f"{'timm' if name in ('lion', 'lamb') else 'torch'}.optim.{type(made).__name__}"


def optimizer(case: dict) -> tuple:
    name = case["id"]
    parameter = nn.Parameter(values[f"{name}/start"].double())
    made, reference = optimizer_of(case["config"], [parameter])
    largest = 0.0
    for step in range(case["steps"]):
        parameter.grad = values[f"{name}/gradient/{step}"].double()
        made.step()
        largest = max(largest, difference(values[f"{name}/parameter/{step}"].double(), parameter.detach()))
    return largest, reference


def schedule(case: dict) -> tuple:
    total, per_epoch = len(case["rates"]), case["stepsPerEpoch"]
    made = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.5)
    rates = torch.optim.lr_scheduler
    kinds = {
        "step": lambda: rates.MultiStepLR(made, [3 * per_epoch, 6 * per_epoch, 8 * per_epoch], 0.2),
        "exponential": lambda: rates.StepLR(made, per_epoch, 0.9),
        "cosine": lambda: rates.CosineAnnealingLR(made, total, 0.01),
        "polynomial": lambda: rates.PolynomialLR(made, total, 2),
        "one-cycle": lambda: rates.OneCycleLR(made, 0.5, total, cycle_momentum=False),
    }
    reference = kinds[case["id"]]()
    found = []
    for _ in range(total):
        found.append(made.param_groups[0]["lr"])
        made.step()
        reference.step()
    return difference(torch.tensor(case["rates"]), torch.tensor(found)), f"torch {type(reference).__name__}"


def plateau(case: dict) -> tuple:
    options = case["options"]
    made = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.5)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        made, factor=options["factor"], patience=options["patience"], threshold=options["threshold"], eps=0
    )
    found = []
    for loss in case["losses"]:
        reference.step(loss)
        found.append(made.param_groups[0]["lr"])
    return difference(torch.tensor(case["rates"]), torch.tensor(found)), "torch ReduceLROnPlateau"


def difference(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The largest difference, as a share of the largest value."""
    if ours.shape != theirs.shape:
        raise SystemExit(f"shapes differ: {tuple(ours.shape)} and {tuple(theirs.shape)}")
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


torch.set_default_dtype(torch.float64)
results = []
for case in cases:
    if case["kind"] in ("layer", "network"):
        y, reference = (layer if case["kind"] == "layer" else network)(case)
        largest = difference(nchw(values[f"{case['id']}/y"]).double(), y)
    else:
        largest, reference = {"optimizer": optimizer, "schedule": schedule, "plateau": plateau}[case["kind"]](case)
    results.append({"kind": case["kind"], "title": case["title"], "reference": reference, "difference": largest})
versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__}
print(json.dumps({"versions": versions, "results": results}))
