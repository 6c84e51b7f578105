import { paletteCss } from '../util/page/palette.js';

/** The look of the page: pictures in rows where there is room, two or three side by side on a telephone. */
export const STYLE = `
${paletteCss(':root', (name) => !name.startsWith('line-'))}
:root { color-scheme: light dark }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', Helvetica, Arial, sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 8px; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 48px 0 12px; padding-top: 16px; border-top: 1px solid var(--grid); overflow-wrap: anywhere }
h3 { font-size: 1rem; margin: 28px 0 4px; overflow-wrap: anywhere }
p, ul { margin: 4px 0; max-width: 75ch }
.subject, .text, figcaption { color: var(--muted) }
.text, figcaption { font-size: .8125rem }
.note { border-left: 4px solid var(--accent); background: var(--panel); padding: 8px 12px; margin: 8px 0; max-width: none }
.seen { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start }
.seen img { width: 192px }
.seen ul { list-style: none; padding: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
.tiles { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 176px)); gap: 12px; margin: 8px 0 }
figure { margin: 0; min-width: 0 }
figcaption { line-height: 1.35; margin-top: 3px; overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
img { display: block; width: 100%; height: auto; image-rendering: pixelated; border: 1px solid var(--grid) }
nav ul { columns: 2; padding-left: 1.2em; font-size: .875rem }
a { color: var(--accent) }
details { margin-top: 48px }
summary { cursor: pointer; font-weight: 600 }
.scroll { overflow-x: auto; margin: 8px 0 }
table { border-collapse: collapse; font-size: .8125rem; font-variant-numeric: tabular-nums }
th, td { padding: 4px 8px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid) }
th { color: var(--muted); font-weight: 600 }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--page); padding-left: 0 }
.bad { color: var(--worse); font-weight: 600 }
@media (max-width: 600px) {
  .tiles { grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)) }
  nav ul { columns: 1 }
  th:first-child, td:first-child { max-width: 9.5em; white-space: normal; overflow-wrap: anywhere }
}
`;
