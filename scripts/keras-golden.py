"""Writes a small network in every form that Keras has for weights: src/exchange/keras/files.golden.json.

    KERAS_BACKEND=jax python scripts/keras-golden.py > src/exchange/keras/files.golden.json

It needs keras, with a backend, and h5py. Files are gzipped and in base64; `tensors` has the numbers by `weight.path`.
"""

import base64
import gzip
import json
import sys
import tempfile
from pathlib import Path

import h5py
import keras
import numpy

image = keras.Input((8, 8, 3))
x = keras.layers.Conv2D(2, 3, use_bias=False, name="stem_conv")(image)
x = keras.layers.BatchNormalization(scale=False, name="stem_bn")(x)
x = keras.layers.DepthwiseConv2D(3, use_bias=False, name="block1a_dwconv")(x)
x = keras.layers.SeparableConv2D(2, 3, use_bias=False, name="block2_sepconv1")(x)
x = keras.layers.BatchNormalization(name="block2_sepconv1_bn")(x)
x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
model = keras.Model(image, keras.layers.Dense(3, name="predictions")(x))
model.compile(optimizer="adam")
random = numpy.random.default_rng(0)
for weight in model.weights:
    weight.assign(random.normal(size=weight.shape).astype("float32"))


def as_keras_2(path):
    """What keras.applications published: names end in :0, and a depthwise convolution's kernel has its own."""
    with h5py.File(path, "w") as file:
        for layer in model.layers:
            group = file.create_group(layer.name)
            for weight in layer.weights:
                name = weight.name
                if isinstance(layer, keras.layers.DepthwiseConv2D) and name == "kernel":
                    name = "depthwise_kernel"
                group.create_dataset(f"{layer.name}/{name}:0", data=numpy.asarray(weight))


with tempfile.TemporaryDirectory() as folder:
    paths = {name: Path(folder, name) for name in ("model.h5", "model.keras", "model.weights.h5", "keras-2.h5")}
    model.save(paths["model.h5"])
    model.save(paths["model.keras"])
    model.save_weights(paths["model.weights.h5"])
    as_keras_2(paths["keras-2.h5"])
    files = {
        name: base64.b64encode(gzip.compress(path.read_bytes(), 9, mtime=0)).decode() for name, path in paths.items()
    }
tensors = {
    weight.path: {"shape": list(weight.shape), "data": numpy.asarray(weight).flatten().tolist()}
    for weight in model.weights
}
json.dump({"keras": keras.__version__, "files": files, "tensors": tensors}, sys.stdout, indent=1)
