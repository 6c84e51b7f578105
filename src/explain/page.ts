import { htmlText } from '../util/page/html-text.js';
import { fourDigits, grouped, percent } from '../util/number-text.js';
import { pngOf } from './draw/png.js';
import type { Explanation, ImageExplanation, Panel, SplitExplanation } from './explanation.js';
import type { LayerStatistics } from './layer-statistics.js';
import { STYLE } from './page-style.js';
import type { Statistics } from './statistics.js';
import type { Picture } from './draw/picture.js';

/** An explanation as one page that needs no other file and no network; names may hold anything. */
export async function pageOf(explanation: Explanation): Promise<string> {
  const { title, subject, notes, images, split, statistics } = explanation;
  const sections: string[] = [];
  for (const [i, image] of images.entries()) sections.push(await imageHtml(image, i));
  if (split) sections.push(await splitHtml(split));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${htmlText(title)}</h1>
<p class="subject">${htmlText(subject)}</p>
${notes.map((text) => `<p class="note">${htmlText(text)}</p>`).join('\n')}
${contents(explanation)}
${sections.join('\n')}
${statisticsHtml(statistics)}
</main>
</body>
</html>
`;
}

// --- internal ---

function contents({ images, split }: Explanation): string {
  const links = [
    ...images.map(({ name }, i) => `<li><a href="#image-${i + 1}">${htmlText(name)}</a></li>`),
    ...(split ? [`<li><a href="#split">${htmlText(split.title)}</a></li>`] : []),
    '<li><a href="#statistics">Numbers of every layer</a></li>',
  ];
  return `<nav><ul>${links.join('')}</ul></nav>`;
}

async function imageHtml(
  { name, picture, framed, prediction, panels }: ImageExplanation,
  i: number,
): Promise<string> {
  const answers = prediction.map((line) => `<li>${htmlText(line)}</li>`).join('');
  const drawn: string[] = [];
  for (const panel of panels) drawn.push(await panelHtml(panel));
  return `<section id="image-${i + 1}">
<h2>${htmlText(name)}</h2>
<div class="seen"><img src="${await dataUri(picture)}" alt="as the network sees it"><img src="${await dataUri(framed)}" alt="with the places whose kernels and attention are drawn"><ul>${answers}</ul></div>
${drawn.join('\n')}
</section>`;
}

async function splitHtml({ title, text, hardest, confused }: SplitExplanation): Promise<string> {
  const drawn: string[] = [];
  for (const panel of [hardest, ...confused]) drawn.push(await panelHtml(panel));
  return `<section id="split">\n<h2>${htmlText(title)}</h2>\n<p>${htmlText(text)}</p>\n${drawn.join('\n')}\n</section>`;
}

async function panelHtml({ title, text, tiles, columns }: Panel): Promise<string> {
  const figures: string[] = [];
  for (const { picture, caption } of tiles) {
    const said = htmlText(caption);
    figures.push(
      `<figure><img src="${await dataUri(picture)}" alt="${said}"><figcaption>${said}</figcaption></figure>`,
    );
  }
  return (
    `<h3>${htmlText(title)}</h3>\n<p class="text">${htmlText(text)}</p>\n` +
    `<div class="tiles" style="--columns:${columns}">\n${figures.join('\n')}\n</div>`
  );
}

async function dataUri(picture: Picture): Promise<string> {
  return `data:image/png;base64,${(await pngOf(picture)).toString('base64')}`;
}

const COLUMNS = ['layer', 'of', 'numbers', 'mean', 'deviation', 'zeros', 'largest', 'not finite'];

function statisticsHtml(layers: readonly LayerStatistics[]): string {
  const row = (name: string, of: string, statistics: Statistics): string => {
    const { count, mean, deviation, zeros, largest, notFinite } = statistics;
    const cells = [name, of, grouped(count), ...[mean, deviation].map(fourDigits), percent(zeros)];
    const rest = [fourDigits(largest), grouped(notFinite)];
    const bad = notFinite > 0 ? ' class="bad"' : '';
    return `<tr${bad}>${[...cells, ...rest].map((cell) => `<td>${htmlText(cell)}</td>`).join('')}</tr>`;
  };
  const rows = layers.flatMap(({ name, weights, activations }) => [
    ...(weights ? [row(name, 'weights', weights)] : []),
    row(name, 'output', activations),
  ]);
  const bad = layers.filter(
    ({ weights, activations }) => activations.notFinite + (weights?.notFinite ?? 0) > 0,
  );
  return `<details id="statistics"${bad.length > 0 ? ' open' : ''}>
<summary>Numbers of every layer</summary>
<p class="text">Of the trained weights, and of what each layer puts out for the images above: mean, standard deviation, the share that is exactly 0, the largest without its sign, and how many are NaN or infinite.</p>
<div class="scroll"><table>
<thead><tr>${COLUMNS.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</details>`;
}
