import type { OwnValues } from '../data-set.js';
import type { Target } from '../target.js';
import { cifar10 } from './cifar10.js';
import { cifar100 } from './cifar100.js';
import { fashionMnist } from './fashion-mnist.js';
import { imageFolder } from './image-folder.js';
import { intel } from './intel.js';
import { labelFile } from './label-file.js';
import { maskFolder } from './mask-folder.js';
import { parquet } from './parquet.js';
import { sceneMasks } from './scene-masks.js';
import { scenes } from './scenes.js';
import { tarShards } from './tar-shards.js';

/** Every data set, in the order in which they are listed. */
export const dataSets = [
  intel,
  cifar10,
  cifar100,
  fashionMnist,
  scenes,
  sceneMasks,
  tarShards,
  parquet,
  labelFile,
  maskFolder,
  imageFolder,
] as const;

export type KnownDataSet = (typeof dataSets)[number];
export type DataSetName = KnownDataSet['name'];

/** Takes the place of data that is not on this machine: drawn, so it is on every one. */
export const standIn = scenes;

/** What takes the place of that set: of the same kind of target. */
export function standInFor(config: { readonly name: DataSetName }): KnownDataSet {
  return targetOf(config) === 'mask' ? sceneMasks : standIn;
}

/** What is known of the images of a set. */
export function targetOf({ name }: { readonly name: DataSetName }): Target {
  return dataSet(name).target ?? 'class';
}

/** A folder that looks like no other set holds class folders of the user's own. */
export const ownFolders = imageFolder;

/** The sets that `data get` fetches. */
export const fetchable: readonly KnownDataSet[] = dataSets.filter((set) => set.fetch !== null);

export const dataSetNames: readonly DataSetName[] = dataSets.map((set) => set.name);

/** The declaration of the set of that name. */
export function dataSet(name: DataSetName): KnownDataSet {
  return dataSets.find((set) => set.name === name)!;
}

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type OptionsOf<Set> = Set extends { readonly options?: (...parts: never) => infer Own } ? Own : never;

/** The keys of the config's `data` that belong to one set each, as parts of a schema. */
export type OwnOptions = Intersection<OptionsOf<KnownDataSet>>;
/** The classes of a set in the order of their labels; null where its files alone can tell. */
export function knownClasses(
  config: { readonly name: DataSetName } & OwnValues<OwnOptions>,
): readonly string[] | null {
  const { classes } = dataSet(config.name);
  return typeof classes === 'function' ? classes(config) : classes;
}
