import { beforeAll, expect, it } from 'vitest';
import { blank } from './draw/picture.js';
import type { Explanation } from './explanation.js';
import { pageOf } from './page.js';
import { StatisticsOf } from './statistics.js';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u202e\n</style>`;
const activations = new StatisticsOf().add([1, 2, NaN]).result();
/** An explanation in which everything is called so. */
function named(name: string): Explanation {
  const panel = {
    ...{ title: name, text: name, columns: 2, stem: 'stem' },
    tiles: [{ picture: blank(3, 2), caption: name }],
  };
  const image = { name, picture: blank(4, 4), framed: blank(4, 4), prediction: [name], panels: [panel] };
  return {
    ...{ title: name, subject: name, notes: [name], images: [image] },
    split: { title: name, text: name, hardest: panel, confused: [panel] },
    statistics: [{ name, type: 'Convolution', weights: null, activations }],
  };
}
let page = '';
beforeAll(async () => {
  page = await pageOf(named(HOSTILE));
});

it('names that hold markup stay text, on one line', () => {
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/<img(?! src="data:image\/png;base64,[\w+/=]+" alt="[^"<>]*">)/);
  expect(page.match(/<\/style>/g)).toHaveLength(1);
  expect(page).not.toContain('\u202e');
  expect(page.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(12);
});

it.each([HOSTILE, '</td></tr><p>', "$'", '$&', '&lt;', '<!--', '" autofocus onfocus="x'])(
  'is made of the same elements with the name %j',
  async (name) => {
    const elements = async (text: string): Promise<string[]> =>
      (await pageOf(named(text)))
        .match(/<\/?[a-z!][\w-]*[^>]*>/gi)!
        .map((tag) => tag.replace(/="[^"]*"/g, ''));
    expect(await elements(name)).toEqual(await elements('plain'));
  },
);

it('needs no other file and no network', () => {
  const sources = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
  expect(sources.length).toBeGreaterThan(5);
  for (const address of sources) expect(address).toMatch(/^(data:image\/png;base64,|#)/);
  expect(page).not.toMatch(/url\(|@import|<link|https?:/);
});

it('links to what is on it, and opens the numbers where one is not finite', () => {
  for (const [, id] of page.matchAll(/href="#([^"]*)"/g)) expect(page).toContain(`id="${id}"`);
  expect(page).toContain('<details id="statistics" open>');
  expect(page).toContain('<tr class="bad">');
});
