import { paletteCss } from '../../util/page/palette.js';

/** The look of a report: text of one column on a telephone, figures side by side where there is room. */
export const STYLE = `
${paletteCss(':root')}
:root { color-scheme: light dark }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', Helvetica, Arial, sans-serif }
main { max-width: 1248px; margin: 0 auto; padding: 24px 16px 64px }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 8px; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 40px 0 12px }
p, ul { margin: 8px 0; max-width: 75ch }
ul { padding-left: 1.2em }
.subject, .notes, figcaption, .caption { color: var(--muted) }
.notes, figcaption { font-size: .875rem }
.findings { font-size: 1.05rem }
.warning { border-left: 4px solid var(--worse); background: var(--panel); padding: 8px 12px; margin: 8px 0; max-width: none }
.scroll { overflow-x: auto; margin: 8px 0 }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums }
th, td { padding: 6px 8px; text-align: left; border-bottom: 1px solid var(--grid); vertical-align: top }
th { white-space: normal; color: var(--muted); font-weight: 600; vertical-align: bottom }
.number { text-align: right }
td.number, td span, td:first-child { white-space: nowrap }
td.breaks { white-space: normal }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--page); padding-left: 0 }
td:first-child { font-weight: 600 }
pre { font: .8125rem/1.5 ui-monospace, Menlo, Consolas, monospace; background: var(--panel); padding: 12px; overflow-x: auto; margin: 12px 0 }
tr.base td { background: var(--panel) }
.long { white-space: normal; overflow-wrap: anywhere; min-width: 18em }
.better { color: var(--better); font-weight: 600 }
.worse { color: var(--worse); font-weight: 600 }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 28px 24px }
figure { margin: 0; max-width: 480px }
figure.wide { max-width: 760px }
@media (min-width: 760px) { .figures .wide { grid-column: span 2 } }
figure h3 { font-size: 1rem; margin: 0 0 4px }
figure svg { display: block; width: 100%; height: auto }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 20px; padding: 0; list-style: none; max-width: none; font-size: .875rem }
.legend svg { vertical-align: middle; margin-right: 8px }
details { margin-top: 40px }
summary { cursor: pointer; font-weight: 600 }
@media (max-width: 600px) {
  th:first-child, td:first-child { min-width: 6.5em; max-width: 9.5em; white-space: normal; overflow-wrap: break-word }
}
@media print { body { font-size: 11px } .scroll { overflow: visible } }
`;
