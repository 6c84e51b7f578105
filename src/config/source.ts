import { z } from 'zod';
import { count, fraction, positive } from '../util/schema-parts.js';

/** Where an experiment comes from. */
export const source = z
  .strictObject({
    article: z.string().describe('Title, authors, year or address of the article.'),
    claim: z
      .strictObject({
        accuracy: fraction.nullable().default(null).describe('Accuracy the article reports, 0…1.'),
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

/** What an article prints of its network. The claims that a sweep judges are sentences, and others: claim-schema.ts. */
export interface PublishedFigures {
  readonly article: string;
  /** Of the metric that counts. */
  readonly value: number | null;
  readonly parametersMillions: number | null;
  readonly classes: number | null;
}

/** Undefined of an experiment that comes from no article. */
export function publishedFigures(from: z.infer<typeof source> | undefined): PublishedFigures | undefined {
  if (from === undefined) return undefined;
  const { accuracy, parametersMillions, classes } = from.claim;
  return { article: from.article, value: accuracy, parametersMillions, classes };
}
