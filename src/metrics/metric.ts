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
}

/** What a task measures, in the order of the columns. */
export interface TaskMetrics {
  /** While it trains, by the sums over an epoch; the first is what training makes small. */
  readonly train: readonly Metric[];
  /** On validation and test images. */
  readonly validation: readonly Metric[];
  /** The one that `best` and reports go by unless a config says otherwise: one of `validation`. */
  readonly primary: Metric;
}

/** The column of metrics.csv: `val_top1`. */
export function columnOf<Split extends 'train' | 'val'>(
  split: Split,
  { name }: Pick<Metric, 'name'>,
): `${Split}_${string}` {
  return `${split}_${name}`;
}

/** The key in JSON: `valTop1`. */
export function keyOf<Split extends 'train' | 'val'>(
  split: Split,
  { name }: Pick<Metric, 'name'>,
): `${Split}${string}` {
  return `${split}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
