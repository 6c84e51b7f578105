"""Times a model of ours in PyTorch and prints one line of JSON.

    python torch_peer.py exp3 --input 224 --batch 10 --mode train --involution shift --channels-last
    python torch_peer.py exp0 --device cuda --amp --channels-last --compile
"""

import argparse
import json
import resource
import statistics
import sys
import time

import torch
from torch.nn import functional as F

import efficientnet
import segmentation
import wide

MODELS = {
    **{name: lambda form, name=name: efficientnet.build(name, form) for name in efficientnet.VARIANTS},
    "wrn-28-10": lambda form: wide.wide_resnet(),
    **{
        f"octconv-{alpha}": lambda form, alpha=alpha: wide.OctConvArticle(float(alpha))
        for alpha in ("0", "0.25", "0.5", "0.75")
    },
    **{name: lambda form, name=name: segmentation.build(name, form) for name in segmentation.VARIANTS},
}
# As small as ours: the work is the same whatever the rate.
RATE = 1e-6


def optimizer_of(name: str, model: torch.nn.Module) -> torch.optim.Optimizer:
    if name in efficientnet.VARIANTS or name == "fpn-small":
        return torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    nesterov = name not in segmentation.VARIANTS
    return torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9, nesterov=nesterov, weight_decay=0.0005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--mode", choices=("train", "infer"), default="train")
    parser.add_argument("--input", type=int, default=224)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--involution", choices=("unfold", "shift"), default="unfold")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    half = "automatic mixed precision: float16 with scaled losses on CUDA, bfloat16 on the CPU"
    parser.add_argument("--amp", action="store_true", help=half)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    device = torch.device(options.device)
    model = MODELS[options.model](options.involution).to(device, memory_format=layout)
    images = torch.randn(options.batch, 3, options.input, options.input).to(device).contiguous(memory_format=layout)
    # Of each image, or of each of its pixels.
    shape = images.shape[:1] + (images.shape[2:] if options.model in segmentation.VARIANTS else ())
    labels = torch.randint(0, 6, shape).to(device)
    run = torch.compile(model) if options.compile else model
    optimizer = optimizer_of(options.model, model)

    scales = options.amp and options.device == "cuda"
    scaler = torch.amp.GradScaler(options.device) if scales else None
    half = torch.float16 if options.device == "cuda" else torch.bfloat16

    def autocast() -> torch.autocast:
        return torch.autocast(options.device, dtype=half, enabled=options.amp)

    def train() -> None:
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            loss = F.cross_entropy(run(images), labels)
        if scaler is None:
            loss.backward()
            optimizer.step()
        else:
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        loss.item()

    @torch.no_grad()
    def infer() -> None:
        with autocast():
            run(images).float().cpu().numpy()

    model.train(options.mode == "train")
    work = train if options.mode == "train" else infer
    times = []
    for _ in range(options.warm_up + options.repeats):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    counted = times[options.warm_up :]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    on_device = torch.cuda.max_memory_allocated() if options.device == "cuda" else None
    result = {
        "peer": f"torch {torch.__version__}",
        **{key: value for key, value in vars(options).items() if key != "warm_up"},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "firstMs": times[0],
        "minMs": min(counted),
        "medianMs": statistics.median(counted),
        "peakMemoryMb": peak / 1e6,
        "deviceMemoryMb": None if on_device is None else on_device / 1e6,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
