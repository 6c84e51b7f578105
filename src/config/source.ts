import { z } from 'zod';
import { count, fraction, positive } from '../util/schema-parts.js';

/** Where an experiment comes from. */
export const source = z
  .strictObject({
    article: z.string().describe('Title, authors, year or address of the article.'),
    claim: z
      .strictObject({
        accuracy: fraction.nullable().default(null).describe('Top-1 accuracy the article reports, 0…1.'),
        parametersMillions: positive
          .nullable()
          .default(null)
          .describe('Parameters the article prints, in millions.'),
        classes: count
          .nullable()
          .default(null)
          .describe('Classes that those figures are of; cost is counted with them where the data is absent.'),
      })
      .default({ accuracy: null, parametersMillions: null, classes: null }),
    notes: z.array(z.string()).default([]).describe('Where the article is vague, and what was chosen.'),
  })
  .describe('Where the experiment comes from and what was claimed there.');
