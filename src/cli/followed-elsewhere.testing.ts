/**
 * Advice that `advice-followed.test.ts` does not take, by its file or by its file and words: what that would need, and a test,
 * where one has words of it or takes it.
 */
export const FOLLOWED_ELSEWHERE: Readonly<Record<string, string>> = {
  // Made of other advice, or of words that tests of their own have.
  'src/cli/main.ts': 'leads to the stack of an error that nobody foresaw',
  'src/cli/unknown-option.ts: `meaning.instead`': 'sentences of config/meanings.ts',
  'src/config/suggest.ts: `meaning.instead`': 'sentences of config/meanings.ts',
  'src/config/suggest.ts: did you mean …?': 'same words as with one key, with paths: problems.test.ts',
  'src/config/suggest.ts: remove it; there are no keys here': 'no part of the schema is without keys by now',
  'src/session/cost/or-say.ts': 'other advice and a flag',
  'src/data/open-blocks.ts': 'of cache-folder.ts, and a flag',

  // A machine that lacks something.
  'src/session/examine-machine.ts': 'an old Node, a processor without SIMD, no disk',
  'src/engine/engine.ts: --engine tensorflow, or --device cpu': 'a device that wasm has not: engine.test.ts',
  'src/util/koffi.ts': 'a machine without a package that all have',
  'src/engine/tensorflow/c-api/c-api.ts': 'a library that is damaged, or no memory',
  "src/engine/tensorflow/engine.ts: install NVIDIA's driver (or --device cpu)":
    'a library for GPUs and no driver',
  'src/engine/tensorflow/engine.ts: involve doctor, which says why': 'a driver that does not answer',
  'src/engine/tensorflow/engine.ts: involve engine install cpu (or cuda, for an NVIDIA GPU; --engine wasm needs nothing)':
    'hundreds of megabytes',
  'src/engine/tensorflow/install/node-kernels-package.ts': 'npm and its registry',
  'src/engine/tensorflow/install/pip-problem.ts': 'pip and its index: install/problems.test.ts',
  'src/engine/tensorflow/install/pip.ts': 'a Python without pip: install/problems.test.ts',
  'src/engine/tensorflow/install/places.ts': 'a full disk: install/problems.test.ts',
  'src/engine/tensorflow/install/platform.ts': 'other systems and processors: platform.test.ts',
  'src/engine/tensorflow/install/remove.ts': 'an installed library: remove.test.ts',
  'src/engine/tensorflow/install/selection.ts': 'an index without that version',
  'src/engine/tensorflow/install/verify.ts': 'an installed library that is damaged: verify.test.ts',
  'src/engine/tensorflow/install/version.ts': 'an index that has it: install/problems.test.ts',
  'src/engine/tensorflow/install/wheel.ts': 'a damaged download: install/problems.test.ts',
  'src/engine/tensorflow/node-kernels.ts': 'an installed library without its kernels',
  'src/engine/tensorflow/status.ts': 'an installed library without operations of our own',
  'src/engine/wasm/loader.ts': 'a checkout that was never built: engine-list.test.ts',
  'src/engine/wasm/memory.ts': 'a limit of memory',
  'src/engine/wasm/pool.ts': 'a thread that dies',
  'src/engine/wasm/recorder.ts': 'a network beyond 4 GB',
  'src/engine/wasm/tensor-data.ts': 'a step that looks at its tensors, which no shipped one does',
  'src/engine/program/not-replayable.ts': 'a step that is not replayable, which no shipped one is',
  'src/engine/footprint.ts': 'a batch beyond all memory: memory-note.test.ts, refuse-huge-batch.test.ts',
  'src/train/population-statistics.ts': 'a batch beyond all memory: population-statistics.test.ts',
  'src/measure/bench-message.ts': 'a benchmark that runs out of memory',
  'src/cli/output.ts': 'a full disk: scripts/faults/output.mjs does it',

  // Errors of the system, which the fault suite brings about (scripts/faults/errors.mjs).
  'src/util/system-error.ts': 'an error of the system at an operation: system-error.test.ts',
  'src/data/read-problem.ts': 'an error of the system in a data folder',
  'src/data/cache/cache-folder.ts': 'a full disk: full-disk.test.ts',
  'src/data/cache/decoded-set.ts': 'an image that is gone or changed in the midst of training',
  'src/data/cache/image-set.ts': 'a cache that changes in the midst of training',
  'src/data/get/disk-problem.ts': 'a full disk: data.test.ts',
  'src/util/folder-lock.ts': 'a second process: advice.test.ts takes it',
  'src/data/formats/class-folder.ts: rename it; whole folders of Latin-1 names: convmv -f latin1 -t utf8 -r --notest FOLDER':
    'a name that is no UTF-8',

  // A network, and sets that are downloaded.
  'src/data/get/download.ts': 'a server: download.test.ts',
  'src/data/get/get-dataset.ts': 'the archive of a set',
  'src/data/get/kaggle-token.ts': 'an account: get-dataset.test.ts',
  'src/data/get/source-files.ts': 'a server, or the archive of a set: get-dataset.test.ts',
  'src/data/get/unpack.ts': 'the archive of a set',
  'src/data/formats/cifar-binary.ts': 'the archive of a set: layouts.test.ts',
  'src/data/formats/idx.ts': 'the archive of a set: fashion-mnist.test.ts',
  'src/data/sets/intel/open.ts': 'the archive of a set',
  'src/data/sets/parquet/open.ts: fetch it again': 'a row group that is damaged',
  'src/data/sets/parquet/open.ts: files of one set belong together: fetch all of them again':
    'two versions of a published set',
  'src/data/sets/parquet/open.ts: images must lie in the file: dataset.cast_column("image", Image()) and embed them before it is written':
    'Python',
  "src/data/sets/parquet/open.ts: write it again with Snappy or zstd: pyarrow.parquet.write_table(table, file, compression='zstd')":
    'Python',

  // A cluster.
  'src/sweep/slurm-commands.ts': 'Slurm',
  'src/sweep/slurm-launcher.ts': 'Slurm',
  'src/sweep/slurm-run.ts': 'Slurm',
  'src/sweep/local-launcher.ts': 'jobs that Slurm has begun',

  // Runs and sweeps that stand in a way that takes several processes, or tests of their own.
  'src/runs/read-run.ts: name a run inside: ……': 'advice.test.ts takes it',
  'src/runs/run-folder.ts: --resume starts the run in it; …': 'advice.test.ts takes it',
  'src/session/open-run.ts: let it train for an epoch: involve train … --resume --out …':
    'advice.test.ts takes it',
  'src/session/training/standing.ts: put it back, or go on from the best epoch: …': 'advice.test.ts takes it',
  'src/session/training/standing.ts: put it back, or start another run by --out DIR':
    'both checkpoints are gone',
  'src/runs/run-folder.ts: choose another folder by --out': 'a folder of another user: run-folder.test.ts',
  'src/runs/record/json-record.ts: read it with the involve that wrote it, or a later one':
    'a run of a later version: record.test.ts',
  'src/session/training/resume-rules.ts': 'data that changed while a run was stopped',
  'src/tasks/task-of.ts': 'data of other classes',
  'src/tasks/classification/task.ts': 'data of one class: task.test.ts',
  'src/train/checkpoint-tensors.ts': 'a checkpoint of another program: state.test.ts',
  'src/train/state.ts': 'a checkpoint of another network: state.test.ts',
  'src/train/epoch/best.ts': 'a metric that the task has not: best.test.ts',
  'src/session/training/train-run.ts': 'a training that diverges',
  'src/session/find-learning-rate.ts': 'a loss that is not finite at once',
  'src/session/open-model.ts': 'a network beyond all memory',
  'src/sweep/changes.ts': 'a sweep that was begun and changed',
  'src/report/read/comparable.ts': 'runs of several kinds: comparable.test.ts',
  'src/tasks/segmentation/task.ts': 'classes that are known when the data is open: task.test.ts',
  'src/session/predicting/views.ts: --tta': 'a run on masks: views.test.ts',
  'src/session/predicting/predict-images.ts: leave --masks and --overlay out, or name a run that was trained on masks':
    'a run on masks: write-mask.test.ts',
  'src/data/unusable.ts: --set data.validation=0.1': 'a set without a test split',
  'src/data/unusable.ts: look at the folder: involve data check': 'a split of nothing',

  // Networks: what no option of a config leads to, or what another size leads to, whose advice names the next that fits.
  'src/models/first-fitting-size.ts: `hint`': 'advice of a layer, as it is',
  'src/layers/blueprint.ts': 'thousands of layers',
  'src/layers/convolution.ts': 'first-fitting-size.ts names the size, and that is taken: convolution.test.ts',
  'src/layers/max-pooling.ts': 'first-fitting-size.ts names the size, and that is taken: max-pooling.test.ts',
  'src/layers/upsampling.ts': 'sizes that no family brings together: octave-parts.test.ts',
  'src/operators/axial-attention/layer.ts: an even number of channels': 'no width of a family is odd',
  'src/operators/axial-attention/layer.ts: maps of … …: the data.inputSize that the network was made for':
    'a model that is given images of another size: layer.test.ts',
  'src/operators/depthwise-separable/layer.ts: a multiple of … filters, or fewer segments':
    'widths that no family brings together: layer.test.ts',
  'src/operators/global-attention/layer.ts: the data.inputSize that the network was made for':
    'a model that is given images of another size: layer.test.ts',
  'src/operators/index.ts': 'an operator in a slot that its family does not have',
  'src/operators/local-attention/layer.ts: position none': 'no width of a family is odd: layer.test.ts',
  'src/operators/local-attention/stem.ts: a data.inputSize that is a multiple of …':
    'first-fitting-size.ts names the size, and that is taken: stem.test.ts',
  "src/operators/octconv/layer.ts: `fitting.join('×')`": 'sizes that no family brings together',
  'src/operators/san/layer.ts: a kernelSize of at most … here, a larger data.inputSize, or fewer poolings':
    'first-fitting-size.ts adds the size, and that is taken: layer.test.ts',
  'src/operators/san/layer.ts: share …': 'no share of a family is left to a config: layer.test.ts',

  // Made of others.
  'src/cli/commands/engine-install.ts: involve engine install cpu': 'hundreds of megabytes',
  'src/cli/unknown-option.ts: `hint`': 'any of the three of that file',
  'src/cli/unknown-option.ts: `setForm(experimentSchema, meaning, valueOf(error.option, argv))`':
    'taken of each kind of flag by unknown-option.test.ts',
  'src/config/read/parse-located.ts: `hint`': 'advice of syntax-problem.ts, as it is',
  "src/data/open-source.ts: `[...get, elsewhere, drawn('')].join(', or ')`":
    'taken by `data.name=intel`, which has no words of its own',

  // What needs a trained run, and an image, a point or a reader of other files.
  'src/session/moved-data.ts': 'data that was moved: eval.test.ts',
  'src/session/open-trained.ts': 'an exported file in the place of a run',
  'src/session/bench/entries.ts': 'an exported file in the place of a config',
  'src/session/bench/entries.ts: --mode train --workers …, or leave --workers out':
    'processes of a benchmark: bench.test.ts takes it',
  'src/session/explaining/explain-run.ts': 'a trained run and an image: explain-run.test.ts',
  'src/session/export-run.ts': 'a trained run and the reader of the format',
  'src/explain/choose-layers.ts': 'a trained run and an image: choose-layers.test.ts',
  'src/exchange/fit-weights.ts': 'weights of another network: fit-weights.test.ts',
  'src/exchange/read-weights.ts: in Python: from safetensors.torch import save_file; import torch; save_file({k: v.contiguous() for k, v in torch.load("…", weights_only=True).items()}, "weights.safetensors")':
    'Python',
  'src/exchange/read-weights.ts: in Python: from safetensors.numpy import save_file; import keras; save_file({w.path: w.numpy() for w in keras.saving.load_model("…").weights}, "weights.safetensors")':
    'Python',
  'src/exchange/read-weights.ts: let it train for an epoch: involve train … --resume --out …':
    'the same words as of a run that is evaluated, which advice.test.ts takes',
  'src/exchange/read-weights.ts: one that it has: …': 'a run without its best epoch: start-from.test.ts',
  'src/exchange/read-weights.ts: weights of a training that did not diverge': 'a training that diverged',
  'src/exchange/timm/format.ts': 'a network that timm has not: format.test.ts',
  'src/exchange/python-reader.ts': 'a Python with timm, or with PyTorch: python-reader.test.ts',
  'src/session/predicting/predict-images.ts: runs on the same data': 'two runs on other data',
  'src/runs/safetensors.ts: `advice`': 'words of those who read the file, as they are',
  'src/exchange/onnx/runtime.ts': 'the runtime of ONNX, which is not installed with the program',
  'src/cli/flags.ts: … 20,31': 'a trained run and an image',
  'src/layers/operator-layer.ts: … or …': 'an option that no config leads to',
  'src/layers/whitening-convolution.ts': 'first-fitting-size.ts names the size, and that is taken',

  // Workers, which are processes.
  'src/session/training/job-workers.ts': 'a GPU',
  'src/session/workers/mpi/job.ts': 'processes of MPI with other commands, or that stop: job.test.ts',
  'src/session/workers/mpi/join.ts': 'processes of another MPI, or of which some do not come: join.test.ts',
  'src/session/workers/mpi/library.ts': 'processes of MPI and a library of it: library.test.ts',
  'src/cli/commands/train.ts: leave --workers out: how many there are is what the launcher says':
    'processes of MPI: train-mpi.test.ts takes it',
  'src/session/workers/same-ground.ts': 'a program or data that changes while a job begins',
  'src/session/workers/waiting-rules.ts': 'a worker that stops in the midst of training',
  'src/session/workers/worker-process.ts': 'a worker that dies',
  'src/train/workers/team.ts': 'a processor that computes other numbers',
};
