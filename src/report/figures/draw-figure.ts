import type { TopLevelSpec } from 'vega-lite';
import { oneLine } from '../../util/one-line.js';
import { paletteCss } from '../../util/page/palette.js';
import { NAME_LIMIT } from './figure.js';

export interface DrawOptions {
  /** A file of its own has its title, its legend and its colours; in a page these are the page's. */
  readonly standalone?: { readonly title: string };
}

/** Draws a chart as SVG. Vega is loaded here and nowhere else, since it takes half a second. */
export async function drawFigure(spec: object, { standalone }: DrawOptions = {}): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const title = standalone && { text: standalone.title, anchor: 'start', color: 'var(--ink)', fontSize: 14 };
  const own = (spec as { config?: { legend?: object } }).config?.legend;
  const full = onOneLine({ ...spec, ...(title ? { title } : {}), config: config(standalone && { ...own }) });
  const compiled = compile(full as TopLevelSpec, { logger: silent() }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: vega.logger(vega.Error) });
  try {
    const svg = lighter(await view.toSVG());
    return standalone ? withStyle(svg) : responsive(svg);
  } finally {
    view.finalize();
  }
}

// --- internal ---

/** All texts of a spec on one line each: names of configs and classes may hold what XML cannot. */
function onOneLine(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value);
  if (Array.isArray(value)) return value.map(onOneLine);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, onOneLine(each)]));
}

const FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";

function config(legend: object | undefined): object {
  const axis = {
    labelColor: 'var(--muted)',
    titleColor: 'var(--muted)',
    gridColor: 'var(--grid)',
    domainColor: 'var(--muted)',
    tickColor: 'var(--muted)',
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titlePadding: 8,
  };
  return {
    background: null,
    font: FONT,
    padding: 4,
    view: { stroke: null },
    axis,
    legend: legend
      ? {
          orient: 'bottom',
          labelLimit: NAME_LIMIT,
          labelColor: 'var(--ink)',
          labelFontSize: 11,
          symbolStrokeWidth: 2.5,
          symbolType: 'stroke',
          symbolOpacity: 1,
          ...legend,
        }
      : { disable: true },
  };
}

/** Without what is said of every text alone, and digits that no screen shows. */
function lighter(svg: string): string {
  const font = ` font-family="${FONT}"`;
  return svg
    .replaceAll(font, '')
    .replace('<svg ', `<svg${font} `)
    .replace(/ (d|transform|viewBox|width|height|[xy][12]?|c[xy]|r|fill-opacity)="[^"]*"/g, (attribute) =>
      attribute.replace(/(\.\d\d)\d+/g, '$1'),
    );
}

/** As wide as its place allows, no wider than it is legible without wasting the page. */
function responsive(svg: string): string {
  return svg.replace(/ width="[\d.]+" height="[\d.]+"/, '');
}

/** The colours that a page would have given. */
function withStyle(svg: string): string {
  const isUsed = (name: string): boolean => name === 'page' || svg.includes(`var(--${name})`);
  const style = `<style>${paletteCss('svg', isUsed)}svg{background:var(--page)}</style>`;
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
