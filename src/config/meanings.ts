import { isAmong, plainWord } from './meant/meant-value.js';

/** What keys and flags of other tools mean here: people type what they know from there. */

/** By path of ours, what others call it. What is spelled like a key of ours, but for case, `-` and `_`, goes without saying. */
const CALLED: Readonly<Record<string, string>> = {
  'train.optimizer.learningRate': 'lr lr0 baseLr initLr initialLr maxLr peakLr eta learnRate rate',
  'train.optimizer.weightDecay': 'wd l2 l2Reg regularization decoupledWeightDecay',
  'train.optimizer.name': 'opt optim optimizerName optimizerType solver',
  'train.optimizer.momentum': 'momentum sgdMomentum mu',
  'train.optimizer.beta1': 'betas adamBeta1 adamBetas b1',
  'train.optimizer.beta2': 'adamBeta2 b2',
  'train.optimizer.epsilon': 'eps adamEpsilon optEps',
  'train.epochs': 'epoch ep numEpochs nEpochs maxEpochs numTrainEpochs totalEpochs trainEpochs',
  'train.steps':
    'step maxSteps numSteps nSteps totalSteps trainSteps iterations iters maxIter maxIters numIterations',
  'train.accumulate':
    'accumulateGradBatches accumulateGradients accumulation accumulationSteps accumSteps gradAccum gradAccumSteps gradientAccumulation gradientAccumulationSteps updateFreq iterSize',
  'train.batchSize': 'bs batch bsz batchsz batches trainBatchSize perDeviceTrainBatchSize trainBs',
  'train.seed': 'seed randomSeed randomState manualSeed rngSeed',
  'train.until': 'earlyStopping earlyStop stopEarly',
  'train.from':
    'pretrained pretrain pretrainedWeights pretrainedModel weights initFrom initWeights initCheckpoint startFrom finetune finetuneFrom loadFrom loadWeights',
  'train.labelSmoothing': 'smoothing labelSmooth smooth',
  'train.progressive': 'progressiveResizing progressiveResize progressiveSizes imageSizes resizeSchedule',
  'train.onlineHardPixels': 'ohem ohemPixelSampler ohemSampler hardPixelMining',
  'train.onlineHardPixels.minKept': 'minKept ohemKeep',
  'train.onlineHardPixels.thresh': 'ohemThresh ohemThreshold',
  'train.clipNorm':
    'clipGrad clip gradClip gradClipNorm maxGradNorm gradientClipVal gradientClipping clipGradNorm',
  'train.ema': 'emaDecay modelEma modelEmaDecay averaging',
  'train.schedule.name': 'sched scheduler lrScheduler lrSchedule lrPolicy lrSchedulerType scheduleName',
  'train.schedule.warmUp':
    'warmup warmupEpochs warmupSteps warmupRatio warmupIters numWarmupSteps lrWarmupEpochs',
  'train.schedule.factor': 'gamma lrDecay lrGamma decayRate lrFactor lrDecayRate dropFactor',
  'train.schedule.at': 'milestones stepSize lrSteps lrStepSize lrMilestones decayEpochs boundaries',
  'train.schedule.minimum': 'minLr lrMin etaMin minimumLr lrf',
  'train.schedule.warmUpStart': 'warmupFactor startFactor warmupLr warmupLrInit warmupInitLr lrWarmupDecay',
  'train.schedule.restarts.first': 't0 cycleLength firstDecaySteps',
  'train.schedule.restarts.multiplier': 'tMult cycleMul',
  'train.schedule.restarts.decay': 'mMul cycleDecay',
  'train.schedule.patience': 'patienceEpochs lrPatience plateauPatience',
  'train.workers': 'nproc nprocPerNode numProcesses numProcs worldSize',
  'data.name': 'dataset ds datasetName datasetType dataName',
  'data.dir': 'dataDir dataPath dataRoot dataFolder datasetDir datasetPath root trainDir trainData path',
  'data.inputSize': 'imgSize imageSize imgsz imSize size resolution inputShape inputRes cropSize res input',
  'data.cropFraction': 'cropPct cropRatio centerCrop',
  'data.resize': 'resizeMode letterbox keepRatio',
  'data.cache': 'cacheImages cacheMode cacheDataset',
  'data.workers':
    'numWorkers nWorkers jWorkers dataWorkers dataloaderNumWorkers loaderWorkers numParallelCalls',
  'data.validation': 'valSplit valRatio validationSplit valFraction val valPct testSize',
  'data.limit.train': 'limitTrainBatches maxSamples maxTrainSamples subset fraction',
  'data.splitSeed': 'valSeed',
  'augment.flip': 'hflip fliplr horizontalFlip randomFlip randomHorizontalFlip mirror',
  'augment.shiftCrop': 'randomCrop crop padding cropPadding widthShiftRange',
  'augment.randomResizedCrop': 'rrc resizedCrop scale',
  'augment.randomScale': 'scaleJitter randomResize ratioRange multiScale scaleRange',
  'augment.normalize': 'norm normalization mean std',
  'augment.rotation.degrees': 'rotate rotationRange randomRotation',
  'augment.policy.name': 'aa autoAugment randAugment randaug trivialAugment autoAugmentPolicy augPolicy',
  'augment.colorJitter': 'jitter colourJitter',
  'augment.grayscale': 'greyscale randomGrayscale grayscaleProb',
  'augment.randomErasing.probability': 'reprob randomErase randomEraseProb erasing cutout',
  'augment.randomErasing.value': 'remode',
  'augment.mixup.alpha': 'mixupAlpha',
  'augment.mixup.probability': 'mixupProb',
  'augment.cutmix.alpha': 'cutmixAlpha',
  'augment.cutmix.probability': 'cutmixProb',
  'model.family': 'arch architecture network net backbone modelName modelType modelFamily encoder',
  'model.dropout': 'drop dropRate dropoutRate dropoutProb',
  'model.dropConnect': 'dropPath dropPathRate stochasticDepth stochasticDepthProb survivalProb dropBlock',
  'model.batchNorm.momentum': 'bnMomentum',
  'model.batchNorm.epsilon': 'bnEps bnEpsilon',
  'model.spatial': 'operator op conv',
  'checkpoint.every':
    'saveFreq saveEvery savePeriod saveInterval saveSteps checkpointInterval checkpointEvery ckptEvery',
  'checkpoint.best': 'monitor bestMetric metricForBestModel evalMetric',
  'log.every': 'logInterval logEvery logFreq printFreq logEveryNSteps loggingSteps',
  'log.tensorboard': 'tb tensorboardLog',
  'engine.name': 'backend framework',
  'engine.device': 'gpu gpus cuda cpu accelerator useGpu useCuda useCpu noCuda noGpu',
  'engine.threads': 'numThreads nThreads intraOpThreads',
  'engine.mixedPrecision': 'amp fp16 half bf16 precision float16 bfloat16 amx',
  'engine.deterministic': 'determinism deterministicOps cudnnDeterministic',
};

/** What there is no key for: what to do instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  'remove it; the data tells how many classes there are':
    'numClasses nClasses nbClasses classes nc numLabels',
  'remove it; the run folder is said on the command line: involve train CONFIG --out DIR':
    'out output outDir outputDir saveDir logDir workDir runDir checkpointDir savePath project',
  'remove it; a stopped run goes on by the command line: involve train CONFIG --resume':
    'resume resumeFrom resumeFromCheckpoint',
  'remove it; the loss is cross-entropy (train.labelSmoothing)': 'loss criterion lossFunction lossFn',
};

const NO = /^(false|no|off|none|0)$/i;

/** Flags that say a value by themselves, `--cuda`; `isNo` is what follows them where they say the opposite. */
const SAYS: readonly {
  readonly words: string;
  readonly yes: string;
  readonly no: string;
  readonly isNo: RegExp;
}[] = [
  // What follows is the number of a GPU, or how many.
  { words: 'gpu gpus cuda', yes: 'cuda', no: 'cpu', isNo: /^(false|no|off|none|-1)$/i },
  { words: 'useGpu useCuda', yes: 'cuda', no: 'cpu', isNo: NO },
  { words: 'cpu useCpu noCuda noGpu', yes: 'cpu', no: 'auto', isNo: NO },
  { words: 'amp fp16 half bf16 float16 bfloat16 amx', yes: 'true', no: 'false', isNo: NO },
];

/** What a time is counted in. */
export type Unit = 'epochs' | 'steps' | 'share';

/** What a key or a flag of another tool is here. */
export type Meaning =
  | {
      readonly paths: readonly string[];
      /** Another tool's word, and not ours in another spelling. */
      readonly isOfOthers: boolean;
      /** What the word says that times are counted in: `--warmup-epochs`. */
      readonly unit: Unit | undefined;
      /** The value that the word says as a flag, with what follows it. */
      readonly says: ((typed: string | undefined) => string) | undefined;
    }
  | { readonly instead: string };

/**
 * @param all every path of a config (`allPaths`)
 * @param word a key, or a flag with or without its dashes: `lr`, `batch_size`, `--num-epochs`
 * @returns undefined where nothing is known by that word
 */
export function meaningOf(all: readonly string[], word: string): Meaning | undefined {
  const plain = plainWord(word);
  const path = lookUp(CALLED, plain);
  const as = { unit: unitOf(plain), says: sayingOf(plain) };
  if (path !== undefined && all.includes(path)) return { ...as, paths: [path], isOfOthers: true };
  const paths = all.filter((each) => plainWord(each.slice(each.lastIndexOf('.') + 1)) === plain);
  if (paths.length > 0) return { ...as, paths: shallowest([...new Set(paths)]), isOfOthers: false };
  // Only a config has these; a sweep file is asked too.
  const instead = all.includes('train.epochs') ? lookUp(INSTEAD, plain) : undefined;
  return instead === undefined ? undefined : { instead };
}

/** The paths for which words of other tools are known. */
export const meantPaths: readonly string[] = Object.keys(CALLED);

// --- internal ---

function lookUp(table: Readonly<Record<string, string>>, plain: string): string | undefined {
  return Object.keys(table).find((key) => isAmong(table[key], plain));
}

function unitOf(plain: string): Unit | undefined {
  if (/ratio|fraction|share/.test(plain)) return 'share';
  if (/epochs?/.test(plain)) return 'epochs';
  return /(steps|iters?|iterations?)$/.test(plain) ? 'steps' : undefined;
}

function sayingOf(plain: string): ((typed: string | undefined) => string) | undefined {
  const row = SAYS.find(({ words }) => isAmong(words, plain));
  return row && ((typed) => (typed !== undefined && row.isNo.test(typed) ? row.no : row.yes));
}

/** Those nearest to the top: `train.epochs` and not `log.every.epochs`. */
function shallowest(paths: readonly string[]): string[] {
  const depth = (path: string): number => path.split('.').length;
  const least = Math.min(...paths.map(depth));
  return paths.filter((path) => depth(path) === least);
}
