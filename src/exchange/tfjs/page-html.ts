import { paletteCss } from '../../util/page/palette.js';

const USED = new Set(['page', 'ink', 'muted', 'grid', 'panel', 'accent']);

const STYLE = `
${paletteCss(':root', (name) => USED.has(name))}
:root { color-scheme: light dark }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', Helvetica, Arial, sans-serif }
main { max-width: 640px; margin: 0 auto; padding: 24px 16px 64px }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 16px; overflow-wrap: anywhere }
label { display: block; padding: 32px 16px; border: 2px dashed var(--grid); background: var(--panel); text-align: center; cursor: pointer }
label:focus-within, label:hover { border-color: var(--accent) }
input { position: absolute; opacity: 0 }
button { margin: 12px 0; font: inherit; padding: 4px 12px }
canvas { display: block; max-width: 100%; max-height: 50vh; margin: 8px 0 }
canvas[hidden] { display: none }
#status { color: var(--muted); overflow-wrap: anywhere }
#answers { list-style: none; padding: 0 }
#answers li { display: grid; grid-template-columns: minmax(0, 1fr) 40% 4.5em; gap: 12px; align-items: center; overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
#answers span:last-child { text-align: right }
meter { width: 100% }
`;

/** Own scripts and the kernels, and nothing from elsewhere: pictures stay on the machine. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  'img-src blob:',
  'media-src blob: mediastream:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The page, which is the same for every network: what it says of one it reads from `model.json`. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>A trained network</title>
<style>${STYLE}</style>
<main>
<h1 id="name">A trained network</h1>
<label>Drop an image here, paste one, or choose a file<input id="file" type="file" accept="image/*"></label>
<button id="camera" type="button" disabled>Use the camera</button>
<p id="status" role="status">loading</p>
<canvas id="picture" hidden></canvas>
<ol id="answers"></ol>
</main>
<script type="module" src="page.js"></script>
</html>
`;
