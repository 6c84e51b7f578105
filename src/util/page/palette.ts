/**
 * Colours of light and dark pages. Lines: Okabe and Ito's, told apart by colour-blind readers, after a
 * grey for the first, which is the base.
 */
export const PALETTE = {
  light: {
    page: '#ffffff',
    ink: '#1c1f24',
    muted: '#666d78',
    grid: '#e6e8eb',
    panel: '#f6f7f8',
    better: '#00724f',
    worse: '#b3400b',
    accent: '#0b62a4',
    lines: ['#596170', '#0072b2', '#d55e00', '#009e73', '#a6478a', '#b98500', '#3d9bd6', '#7a4a2b'],
  },
  dark: {
    page: '#14161a',
    ink: '#e7e9ec',
    muted: '#9aa2ae',
    grid: '#2b3038',
    panel: '#1c1f25',
    better: '#4fd0a3',
    worse: '#ff9a63',
    accent: '#7cc0f5',
    lines: ['#b4bcc8', '#56b4e9', '#ff8a4c', '#35c79c', '#e295c7', '#e6b422', '#9bd3f7', '#c9a184'],
  },
} as const;

/**
 * The palette as custom properties, for both kinds of page.
 * @param isUsed of a property's name; by default all are written
 */
export function paletteCss(selector: string, isUsed: (name: string) => boolean = () => true): string {
  const properties = ({ lines, ...rest }: (typeof PALETTE)['light' | 'dark']): string =>
    [...Object.entries(rest), ...lines.map((colour, index) => [`line-${index}`, colour])]
      .filter(([name]) => isUsed(name))
      .map(([name, colour]) => `--${name}:${colour}`)
      .join(';');
  return (
    `${selector}{${properties(PALETTE.light)}}` +
    `@media (prefers-color-scheme:dark){${selector}{${properties(PALETTE.dark)}}}`
  );
}
