// Writes docs/models.md: every network with published figures, what it counts and what was published.
//
//   npm run docs:models
import { writeFileSync } from 'node:fs';
import { modelsPage } from '../dist/cli/models-page.js';

writeFileSync(new URL('../docs/models.md', import.meta.url), modelsPage());
