import type { TopLevelSpec } from 'vega-lite';

/**
 * Colours of light and dark pages. Lines: Okabe and Ito's, told apart by colour-blind readers, after a
 * grey for the first, which is the base.
 */
export const PALETTE = {
  light: {
    ...{ page: '#ffffff', ink: '#1c1f24', muted: '#666d78', grid: '#e6e8eb', panel: '#f6f7f8' },
    ...{ better: '#00724f', worse: '#b3400b', accent: '#0b62a4' },
    lines: ['#596170', '#0072b2', '#d55e00', '#009e73', '#a6478a', '#b98500', '#3d9bd6', '#7a4a2b'],
  },
  dark: {
    ...{ page: '#14161a', ink: '#e7e9ec', muted: '#9aa2ae', grid: '#2b3038', panel: '#1c1f25' },
    ...{ better: '#4fd0a3', worse: '#ff9a63', accent: '#7cc0f5' },
    lines: ['#b4bcc8', '#56b4e9', '#ff8a4c', '#35c79c', '#e295c7', '#e6b422', '#9bd3f7', '#c9a184'],
  },
} as const;

/** The palette as custom properties, for both kinds of page. */
export function paletteCss(selector: string): string {
  const properties = ({ lines, ...rest }: (typeof PALETTE)['light' | 'dark']): string =>
    [...Object.entries(rest), ...lines.map((colour, index) => [`line-${index}`, colour])]
      .map(([name, colour]) => `--${name}:${colour}`)
      .join(';');
  return (
    `${selector}{${properties(PALETTE.light)}}` +
    `@media (prefers-color-scheme:dark){${selector}{${properties(PALETTE.dark)}}}`
  );
}

export interface DrawOptions {
  /** A file of its own has its title, its legend and its colours; in a page these are the page's. */
  readonly standalone?: { readonly title: string };
}

/** Draws a chart as SVG. Vega is loaded here and nowhere else, since it takes half a second. */
export async function drawFigure(spec: object, { standalone }: DrawOptions = {}): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const title = standalone && { text: standalone.title, anchor: 'start', color: 'var(--ink)', fontSize: 14 };
  const own = (spec as { config?: { legend?: object } }).config?.legend;
  const full = { ...spec, ...(title ? { title } : {}), config: config(standalone && { ...own }) };
  const compiled = compile(full as TopLevelSpec, { logger: silent() }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: vega.logger(vega.Error) });
  try {
    const svg = await view.toSVG();
    return standalone ? withStyle(svg) : responsive(svg);
  } finally {
    view.finalize();
  }
}

// --- internal ---

const FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";

function config(legend: object | undefined): object {
  const axis = {
    ...{ labelColor: 'var(--muted)', titleColor: 'var(--muted)', gridColor: 'var(--grid)' },
    ...{ domainColor: 'var(--muted)', tickColor: 'var(--muted)', labelFontSize: 11, titleFontSize: 11 },
    ...{ titleFontWeight: 'normal', titlePadding: 8 },
  };
  return {
    background: null,
    font: FONT,
    padding: 4,
    view: { stroke: null },
    axis,
    legend: legend
      ? {
          ...{ orient: 'bottom', labelLimit: 280, labelColor: 'var(--ink)', labelFontSize: 11 },
          ...{ symbolStrokeWidth: 2.5, symbolType: 'stroke', symbolOpacity: 1, ...legend },
        }
      : { disable: true },
  };
}

/** As wide as its place allows, no wider than it is legible without wasting the page. */
function responsive(svg: string): string {
  return svg.replace(/ width="[\d.]+" height="[\d.]+"/, '');
}

/** The colours that a page would have given. */
function withStyle(svg: string): string {
  const style = `<style>${paletteCss('svg')}svg{background:var(--page)}</style>`;
  return `${svg.replace(/^<svg[^>]*>/, (tag) => `${tag}${style}`)}\n`;
}

/** Vega-Lite's remarks are for who writes a spec. */
function silent() {
  const logger = {
    level: () => logger,
    error: () => logger,
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}
