/** What values of other tools mean here: `gpu`, `CosineAnnealingLR`. */

/** By value of ours, what others call it. */
const VALUES: Readonly<Record<string, string>> = {
  cuda: 'gpu nvidia cuda:0 gpu:0',
  cosine: 'cosineAnnealing cosineAnnealingLr cosineDecay',
  step: 'stepLr multistep multistepLr',
  plateau: 'reduceLrOnPlateau',
  polynomial: 'poly polynomialLr polynomialDecay',
  exponential: 'exponentialLr exponentialDecay',
  'one-cycle': 'oneCycleLr',
  constant: 'constantLr',
  adamw: 'adamwTorch',
  val_top1: 'valAcc valAcc1 acc acc1 accuracy top1',
  val_loss: 'loss',
  val_miou: 'miou meanIou valMeanIou',
};

/** The one of some words that another tool's word stands for. */
export function meantValue(given: string, words: readonly string[]): string | undefined {
  const plain = plainWord(given);
  return words.find((word) => plainWord(word) === plain || isAmong(VALUES[word] ?? '', plain));
}

/** A word without what people write differently: case, `-`, `_`. */
export function plainWord(word: string): string {
  return word.replace(/[-_\s]/g, '').toLowerCase();
}

/** @param words with blanks between */
export function isAmong(words: string, plain: string): boolean {
  return words.toLowerCase().split(' ').includes(plain);
}
