import {
  flag,
  text,
  list,
  count,
  positive,
  choice,
  json,
  set,
  engine,
  device,
  threads,
  classes,
  config,
  configOrSet,
  dataDir,
  type CommandRow,
} from './command-rows.js';

/** Commands that share a first word. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  data: 'fetch, check and look at data sets',
  engine: 'where the arithmetic happens',
};

/** Every command that works, in the order of `involve --help`. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'train',
    description: 'train the experiment of a config: one run, in a folder of its own',
    operands: [config],
    options: [
      set,
      { flags: '--seed <n>', description: 'seed of the run, in the place of train.seed', value: count(0) },
      { flags: '--out <dir>', description: 'run folder (default: runs/<name>/seed-<n>)', value: text },
      { flags: '--resume', description: 'go on with a run that was stopped', value: flag },
      engine,
      device,
      threads,
      { flags: '--smoke', description: 'shrink the experiment to about a minute, for CI', value: flag },
      {
        flags: '--dry-run',
        description: 'print the resolved config and the cost, train nothing',
        value: flag,
      },
      { flags: '--json', description: 'one JSON object a line on stdout', value: flag },
      { flags: '--quiet', description: 'no progress', value: flag },
    ],
    example: 'involve train configs/quickstart.json --seed 1 --set train.epochs=3',
    load: async () => (await import('./train.js')).run,
  },
  {
    name: 'sweep',
    description: 'train many: a grid or list over any config path, times seeds; what is done is kept',
    operands: [{ name: '<sweep>', description: 'sweep file, YAML or JSON' }],
    options: [
      {
        flags: '--jobs <n>',
        description: 'jobs at once; they share the cores (default: 1)',
        value: count(1, 1024),
      },
      {
        flags: '--launcher <name>',
        description: 'where they run',
        value: choice('local', 'slurm'),
        default: 'local',
      },
      {
        flags: '--slurm <key=value>',
        description: 'partition, time, gpus, mem, cpus …; may be repeated',
        value: list,
      },
      {
        flags: '--resume',
        description: 'go on with a sweep that was stopped; a second call does so by itself',
        value: flag,
      },
      { flags: '--keep-going', description: 'start further jobs when one has failed', value: flag },
      { flags: '--dry-run', description: 'print the jobs and where they stand, train nothing', value: flag },
      set,
      { flags: '--out <dir>', description: 'folder of the sweep (default: runs/<name>)', value: text },
      { flags: '--json', description: 'one JSON object a line on stdout', value: flag },
    ],
    example: 'involve sweep configs/sweeps/blog.yaml --jobs 2 --keep-going',
    load: async () => (await import('./sweep.js')).run,
  },
  {
    name: 'eval',
    description: 'measure a trained run on held-out images',
    operands: [{ name: '<run>', description: 'run folder' }],
    options: [
      {
        flags: '--split <name>',
        description: 'which images',
        value: choice('train', 'validation', 'test'),
        default: 'test',
      },
      { flags: '--data <dir>', description: 'folder of the data, in the place of data.dir', value: text },
      json,
    ],
    example: 'involve eval runs/quickstart/seed-0',
    load: async () => (await import('./eval.js')).run,
  },
  {
    name: 'predict',
    description: 'classify images with a trained run',
    operands: [
      { name: '<run>', description: 'run folder' },
      { name: '<image...>', description: 'image files' },
    ],
    options: [
      { flags: '--top <n>', description: 'classes per image', value: count(1), default: 5 },
      { flags: '--json', description: 'one JSON object a line', value: flag },
      { flags: '--csv', description: 'one row a class', value: flag },
    ],
    example: 'involve predict runs/quickstart/seed-0 photo.jpg --top 3',
    load: async () => (await import('./predict.js')).run,
  },
  {
    name: 'summary',
    description: 'shapes, parameters, multiply-adds and memory, layer by layer; trains nothing',
    operands: [
      {
        name: '<config-run-or-sweep>',
        description: 'config file, run folder, or sweep file (one line a variant)',
      },
    ],
    options: [
      set,
      { flags: '--input <n>', description: 'height and width of the images', value: count(8, 1024) },
      { flags: '--batch <n>', description: 'batch size for the memory of training', value: count(1) },
      classes,
      { flags: '--schedule', description: 'the learning rate of every step instead', value: flag },
      {
        flags: '--images <n>',
        description: 'with --schedule: training images (default: those of the data)',
        value: count(1),
      },
      json,
    ],
    example: 'involve summary configs/exp3.json --input 224 --classes 1000',
    load: async () => (await import('./summary.js')).run,
  },
  {
    name: 'bench',
    description: 'time configs against each other: inference or whole train steps, on made-up images',
    operands: [{ name: '<config...>', description: 'config files; the others are compared to the first' }],
    options: [
      {
        flags: '--mode <name>',
        description: 'what is timed',
        value: choice('infer', 'train'),
        default: 'infer',
      },
      engine,
      threads,
      { flags: '--samples <n>', description: 'images in a trial (default: one batch)', value: count(1) },
      { flags: '--batch <n>', description: "batch size (default: the config's own)", value: count(1) },
      { flags: '--trials <n>', description: 'trials that count', value: count(1), default: 20 },
      { flags: '--input <n>', description: 'height and width of the images', value: count(8, 1024) },
      classes,
      set,
      json,
      { flags: '--csv', description: 'one row a config', value: flag },
    ],
    example: 'involve bench configs/exp0.json configs/exp3.json --input 64 --batch 64 --mode train',
    load: async () => (await import('./bench.js')).run,
  },
  {
    name: 'lr-find',
    description: 'learning-rate range test: a short training at growing rates, and the rate it suggests',
    operands: [config],
    options: [
      set,
      { flags: '--seed <n>', description: 'seed, in the place of train.seed', value: count(0) },
      {
        flags: '--out <dir>',
        description: 'folder of table and picture (default: runs/<name>/lr-find)',
        value: text,
      },
      {
        flags: '--steps <n>',
        description: 'steps from the lowest rate to the highest',
        value: count(10),
        default: 100,
      },
      { flags: '--from <rate>', description: 'lowest rate', value: positive, default: 1e-6 },
      { flags: '--to <rate>', description: 'highest rate', value: positive, default: 10 },
      engine,
      device,
      threads,
      json,
    ],
    example: 'involve lr-find configs/quickstart.json --steps 60',
    load: async () => (await import('./lr-find.js')).run,
  },
  {
    name: 'report',
    description:
      'compare runs: accuracy over seeds, what changed, what it costs, curves; of runs over the same data',
    operands: [{ name: '<run...>', description: 'run folders, folders of runs, or sweeps' }],
    options: [
      {
        flags: '--base <name>',
        description: 'the config that the others are compared to (default: the first)',
        value: text,
      },
      {
        flags: '--out <file>',
        description: 'write .html, .md (with pictures), .csv or .tex (default: Markdown on stdout)',
        value: text,
      },
    ],
    example: 'involve report runs/exp0 runs/exp3 --base exp0 --out report.html',
    load: async () => (await import('./report.js')).run,
  },
  {
    name: 'data list',
    description: 'the data sets, and which are in place',
    operands: [],
    options: [json],
    example: 'involve data list',
    load: async () => (await import('./data.js')).dataList,
  },
  {
    name: 'data get',
    description: 'fetch, verify and unpack a data set',
    operands: [{ name: '[name]', description: 'cifar10, intel or scenes' }],
    options: [
      { flags: '--from <url|file>', description: 'address or archive to take it from', value: text },
      { flags: '--dir <dir>', description: 'where to put it (default: datasets/<name>)', value: text },
    ],
    example: 'involve data get intel --from archive.zip',
    load: async () => (await import('./data.js')).dataGet,
  },
  {
    name: 'data check',
    description: 'look at every image: unusable, duplicate, unbalanced',
    operands: [configOrSet],
    options: [set, dataDir, json],
    example: 'involve data check configs/exp3.json',
    load: async () => (await import('./data.js')).dataCheck,
  },
  {
    name: 'data show',
    description: 'a picture of training images as the model sees them, augmented',
    operands: [configOrSet],
    options: [
      set,
      dataDir,
      { flags: '--out <file>', description: 'the picture (default: data-<name>.png)', value: text },
      { flags: '--count <n>', description: 'how many images (default: 40)', value: count(1) },
    ],
    example: 'involve data show configs/exp3.json --count 20 --out batch.png',
    load: async () => (await import('./data.js')).dataShow,
  },
  {
    name: 'engine list',
    description: 'which engines work here, and why the others do not',
    operands: [{ name: '[config]', description: 'a model: which of its operations have no kernel of ours' }],
    options: [
      { flags: '--verbose', description: 'which operations have kernels of their own, too', value: flag },
      json,
    ],
    example: 'involve engine list --verbose configs/exp3.json',
    load: async () => {
      const [{ engineList }, { listEngines }, { stepFallbacks }] = await Promise.all([
        import('./engine-list.js'),
        import('../engine/engine.js'),
        import('./step-fallbacks.js'),
      ]);
      return engineList(listEngines, stepFallbacks);
    },
  },
  {
    name: 'engine install',
    description: 'put TensorFlow on this machine: by your own pip, no compiler needed',
    operands: [{ name: '<flavour>', description: 'cpu, or cuda for NVIDIA GPUs' }],
    options: [
      { flags: '--version <version>', description: 'of TensorFlow (default: 2.21.0)', value: text },
      {
        flags: '--dir <dir>',
        description: 'folder to put it in (default: in the cache); remembered',
        value: text,
      },
      json,
      { flags: '--quiet', description: 'no progress', value: flag },
    ],
    example: 'involve engine install cpu',
    load: async () => {
      const [{ engineInstall }, { installTensorflow }] = await Promise.all([
        import('./engine-install.js'),
        import('../engine/tensorflow/install/install.js'),
      ]);
      return engineInstall(installTensorflow);
    },
  },
  {
    name: 'engine remove',
    description: 'remove what engine install put here',
    operands: [{ name: '[flavour]', description: 'cpu or cuda (default: both)' }],
    options: [{ flags: '--dir <dir>', description: 'only what is in this folder', value: text }, json],
    example: 'involve engine remove cuda',
    load: async () => {
      const [{ engineRemove }, { removeTensorflow }] = await Promise.all([
        import('./engine-remove.js'),
        import('../engine/tensorflow/install/remove.js'),
      ]);
      return engineRemove(removeTensorflow);
    },
  },
  {
    name: 'doctor',
    description: 'check what this machine has and what it lacks',
    operands: [],
    options: [json],
    example: 'involve doctor',
    load: async () => (await import('./doctor.js')).run,
  },
  {
    name: 'init',
    description: 'write a first config, commented, to start from',
    operands: [{ name: '[name]', description: 'name of the experiment, or the file to write' }],
    options: [
      {
        flags: '--data <name>',
        description: 'data set of the experiment',
        value: choice('scenes', 'intel', 'cifar10', 'image-folder'),
        default: 'scenes',
      },
    ],
    example: 'involve init my-experiment --data cifar10',
    load: async () => (await import('./init.js')).run,
  },
  {
    name: 'schema',
    description: 'print the JSON Schema of a config or a sweep file, for editors',
    operands: [],
    options: [
      {
        flags: '--of <kind>',
        description: 'of which file',
        value: choice('config', 'sweep'),
        default: 'config',
      },
      { flags: '--out <file>', description: 'write it to a file instead', value: text },
    ],
    example: 'involve schema --out configs/schema.json',
    load: async () => (await import('./schema.js')).run,
  },
];
