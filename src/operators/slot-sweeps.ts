import { operators } from './index.js';
import type { Rows } from './operator.js';
import { spatialTypes, type OperatorConfig } from './options.js';

/** A row of a sweep over what stands in the slots of one network: changes of the config by their paths. */
export interface SlotRow {
  readonly name: string;
  readonly set: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Type = OperatorConfig['type'];

/** Every operator of a spatial slot as its article has it: the rows of `operators-in-one-slot` and `operators-by-adamw`. */
export function publishedRows(): SlotRow[] {
  return spatialTypes.flatMap((type) => rowsOf(type, operators[type].published ?? { [type]: {} }));
}

/** What each operator's own choices are: the rows of `operator-variants-in-one-slot`, a plain convolution first. */
export function variantRows(): SlotRow[] {
  const types = Object.keys(operators) as Type[];
  const gates = types.filter((type) => !isSpatial(type));
  const variants = [...gates, ...spatialTypes].flatMap((type) =>
    rowsOf(type, operators[type].variants ?? {}),
  );
  return [{ name: 'conv', set: { 'model.spatial': { type: 'conv' } } }, ...variants];
}

// --- internal ---

function isSpatial(type: Type): boolean {
  return spatialTypes.some((each) => each === type);
}

/** A gate stands behind convolutions. */
function rowsOf(type: Type, rows: Rows<object>): SlotRow[] {
  return Object.entries(rows).map(([name, options]): SlotRow => {
    const operator = { type, ...options };
    if (isSpatial(type)) return { name, set: { 'model.spatial': operator } };
    return { name, set: { 'model.spatial': { type: 'conv' }, 'model.attention': operator } };
  });
}
