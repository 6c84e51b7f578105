import { badInput } from '../util/errors.js';
import type { Groups } from './group-options.js';
import { divisorsNear } from './neighbourhood.js';
import type { Place } from './operator.js';

/**
 * Into how many groups `channels` go.
 * @param option the key that says it: `groups` or `heads`
 * @throws InvolveError when groups of so many channels do not make up all of them
 */
export function groupCount(
  channels: number,
  groups: Groups,
  { name, slot }: Pick<Place, 'name' | 'slot'>,
  option: 'groups' | 'heads' = 'groups',
): number {
  if (typeof groups === 'number') return groups;
  if (channels % groups.channels === 0) return channels / groups.channels;
  throw badInput('E_LAYER_OPTIONS', {
    what: `layer ${name}: ${option} of ${groups.channels} channels do not make up ${channels} channels`,
    where: `${slot}.${option}.channels`,
    try: `channels ${divisorsNear(channels, groups.channels)}`,
  });
}

/**
 * Channels of each group, all groups alike.
 * @throws InvolveError when they do not make up all channels
 */
export function channelsPerGroup(
  channels: number,
  groups: Groups,
  place: Pick<Place, 'name' | 'slot'>,
): number {
  const count = groupCount(channels, groups, place);
  if (channels % count === 0) return channels / count;
  throw badInput('E_LAYER_OPTIONS', {
    what: `layer ${place.name}: groups must divide the channels: ${count} groups, ${channels} channels`,
    where: `${place.slot}.groups`,
    try: `groups ${divisorsNear(channels, count)}`,
  });
}
