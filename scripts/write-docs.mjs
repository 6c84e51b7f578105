// Writes a page of docs/ that is made of what the code declares.
//
//   npm run docs:models      docs/models.md: every network with published figures, counted
//   npm run docs:commands    docs/commands.md: every command with its arguments and flags
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const page = process.argv[2];
const root = fileURLToPath(new URL('../', import.meta.url));
const { module } = await runnerImport(`${root}scripts/docs/${page}-page.ts`, { root, configFile: false });
writeFileSync(`${root}docs/${page}.md`, module.page());
