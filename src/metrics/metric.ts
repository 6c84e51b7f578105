/**
 * A quantity that a task measures on images. Files, events and reports carry metrics by name and never know which
 * task they are of: what they need to show one is said here.
 */
export interface Metric {
  /** In columns and keys: the column of validation is `val_<name>`, its key in JSON `val<Name>`. */
  readonly name: string;
  /** For people: `top-1 accuracy`. */
  readonly title: string;
  /** `share`: 0…1, shown as a percentage; `nats`: a loss; `number`: in units of the target. */
  readonly unit: 'share' | 'nats' | 'number';
  readonly better: 'higher' | 'lower';
  /** What a share is of; images, where it is left out, so that one image is a step of it. */
  readonly of?: 'pixels' | undefined;
}

/** What a task measures, in the order of the columns. A `loss` is among both. */
export interface TaskMetrics {
  /** While it trains, by the sums over an epoch; the first is what training makes small. */
  readonly train: readonly Metric[];
  /** On validation and test images. */
  readonly validation: readonly Metric[];
  /** The one that `best` and reports go by unless a config says otherwise: one of `validation`. */
  readonly primary: Metric;
}

/** What was measured, by name, in the order of the columns. */
export type MetricValues<V extends number | null = number> = Readonly<Record<string, V>>;

/** What a metric was measured on; `raw`: on validation too, with the weights as they are beside their moving average. */
type ColumnSplit = 'train' | 'val' | 'val_raw';
type KeySplit = 'train' | 'val' | 'valRaw';

/** The column of metrics.csv: `val_top1`. */
export function columnOf<Split extends ColumnSplit>(
  split: Split,
  { name }: Pick<Metric, 'name'>,
): `${Split}_${string}` {
  return `${split}_${name}`;
}

/** The key in JSON: `valTop1`. */
export function keyOf<Split extends KeySplit>(
  split: Split,
  { name }: Pick<Metric, 'name'>,
): `${Split}${string}` {
  return `${split}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Values under their keys in JSON: `{ valLoss, valTop1 }`. */
export function byKey<Split extends KeySplit, V extends number | null>(
  split: Split,
  values: MetricValues<V>,
): Record<`${Split}${string}`, V> {
  return renamed(values, (name) => keyOf(split, { name }));
}

/** Values under their columns: `{ val_loss, val_top1 }`. */
export function byColumn<Split extends ColumnSplit, V extends number | null>(
  split: Split,
  values: MetricValues<V>,
): Record<`${Split}_${string}`, V> {
  return renamed(values, (name) => columnOf(split, { name }));
}

/** Values that are no numbers of use become null, as JSON and empty cells have them. */
export function finiteOrNull(values: MetricValues): MetricValues<number | null> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

function renamed<Key extends string, V>(
  values: Readonly<Record<string, V>>,
  rename: (name: string) => Key,
): Record<Key, V> {
  return Object.fromEntries(
    Object.entries<V>(values).map(([name, value]) => [rename(name), value]),
  ) as Record<Key, V>;
}
