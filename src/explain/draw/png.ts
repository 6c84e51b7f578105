import { loadSharp } from '../../data/formats/decode-image.js';
import { blank, enlarged, place, type Picture } from './picture.js';

/** A picture as a PNG file. */
export async function pngOf({ width, height, pixels }: Picture): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** The shorter side of what is put on a sheet is at least this long: pixels are repeated. */
const READABLE = 128;
const GAP = 8;

/** Pictures side by side on white, `columns` a row, the small ones enlarged by whole numbers to about one size. */
export function sheetOf(pictures: readonly Picture[], columns: number): Picture {
  const shown = pictures.map((picture) =>
    enlarged(picture, Math.max(1, Math.ceil(READABLE / Math.min(picture.width, picture.height)))),
  );
  const [cellWidth, cellHeight] = [
    Math.max(...shown.map(({ width }) => width)),
    Math.max(...shown.map(({ height }) => height)),
  ];
  const across = Math.min(columns, shown.length);
  const rows = Math.ceil(shown.length / columns);
  const sheet = blank(GAP + across * (cellWidth + GAP), GAP + rows * (cellHeight + GAP));
  shown.forEach((picture, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    place(sheet, picture, GAP + column * (cellWidth + GAP), GAP + row * (cellHeight + GAP));
  });
  return sheet;
}
