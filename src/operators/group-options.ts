import { z } from 'zod';
import { channels, type RenamedKeys } from '../util/schema-parts.js';

/**
 * Groups of channels that share their weights, in one key and two units, as articles have both: so many at every
 * width (`groups: 4`, the article on involution in EfficientNet), or as many as have so many channels each (`groups:
 * { channels: 16 }`, RedNet, SAN, LR-Net). Where an article speaks of heads the key is `heads`.
 */
export const groups = z.union([channels, z.strictObject({ channels })]);
export type Groups = z.infer<typeof groups>;

/** How `{ channels }` was written when it had a key of its own. */
export const channelsOfGroup = (was: string, now: 'groups' | 'heads' = 'groups'): RenamedKeys => ({
  [was]: { to: now, value: (channels) => (channels === null ? undefined : { channels }) },
});

/** Whether an operator knows how far places are from each other. */
export const position = z.enum(['relative', 'none']);
